import Testing

@testable import Training

/// `Fixtures/optimizers.json`, made by `tools/fixtures/make_optimizer_fixtures.py`, holds the rates of PyTorch's schedulers.
struct ScheduleTests {
  private func kind(_ name: String, _ settings: [String: String]) throws -> Schedule.Kind {
    try Schedule.Kind(#require(ScheduleName(rawValue: name)), settings: settings)
  }

  @Test func ratesAreThoseOfPyTorch() throws {
    for expected in try OptimizerFixture.load().schedules {
      let schedule = Schedule(
        kind: try kind(expected.name, expected.settings), steps: expected.steps,
        stepsPerEpoch: expected.perEpoch, warmupSteps: expected.warmup)
      for (step, rate) in expected.rates.enumerated() {
        let own = schedule.rates(LearningRates(head: expected.rate), step: step).head
        #expect(
          abs(own - rate) < 1e-12,
          "\(expected.name) \(expected.settings), step \(step): \(own), PyTorch's \(rate)")
      }
    }
  }

  @Test func ratesOnAPlateauAreThoseOfPyTorch() throws {
    for expected in try OptimizerFixture.load().plateaus {
      let schedule = Schedule(
        kind: try kind("plateau", expected.settings), steps: 1000, stepsPerEpoch: 10)
      for (epoch, rate) in expected.rates.enumerated() {
        let progress = ScheduleProgress(
          values: Array(expected.figures.prefix(epoch)), isHigherBetter: expected.higher)
        let own = schedule.rates(LearningRates(head: expected.rate), step: 10 * epoch + 3, after: progress)
        #expect(own.head == rate, "\(expected.settings), epoch \(epoch): PyTorch's \(rate)")
      }
    }
  }

  @Test func everyScheduleHasAFixture() throws {
    let fixture = try OptimizerFixture.load()
    #expect(
      Set(fixture.schedules.map(\.name) + ["plateau"]) == Set(ScheduleName.allCases.map(\.rawValue)))
  }

  @Test(arguments: [
    Schedule.Kind.constant, .cosine, .onecycle, .step(epochs: 1, gamma: 0.1), .cyclical(), .plateau(),
    .warmRestarts(epochs: 1), .warmRestarts(epochs: 1, growth: 1000), .cosine(minimalRate: 0.5),
  ])
  func everyFactorOfTheShortestRunIsFinite(kind: Schedule.Kind) {
    for steps in 1...3 {
      let schedule = Schedule(kind: kind, steps: steps, stepsPerEpoch: 1)
      for step in 0..<steps + 2 {
        #expect((0...1).contains(schedule.rates(LearningRates(head: 1), step: step).head))
      }
    }
  }

  @Test func aPlateauIsJudgedByTheValidationOrElseByTheLoss() {
    func record(_ loss: Double, _ validation: EpochRecord.Validation?) -> EpochRecord {
      EpochRecord(
        epoch: 1, steps: 1, loss: loss, accuracy: 0, learningRate: 1, validation: validation, isBest: true,
        images: 1, seconds: 0)
    }
    let validation = EpochRecord.Validation(loss: 2, top1: 0.5, images: 1)
    #expect(
      ScheduleProgress([record(1, validation)], judgedBy: .accuracy)
        == ScheduleProgress(values: [0.5], isHigherBetter: true))
    #expect(
      ScheduleProgress([record(1, validation)], judgedBy: .loss) == ScheduleProgress(values: [2]))
    #expect(ScheduleProgress([record(1, nil)], judgedBy: .accuracy) == ScheduleProgress(values: [1]))
  }

  @Test func patienceCountsEpochsWithoutABetterOne() {
    var stopping = EarlyStopping(patience: 2)
    let metrics = [(0.5, 1.0), (0.6, 1.0), (0.6, 1.0), (0.6, 0.9), (0.5, 0.1), (0.6, 0.9)]
    var verdicts: [Bool] = []
    for (index, (top1, loss)) in metrics.enumerated() {
      #expect(!stopping.isOver)
      verdicts.append(
        stopping.judge(EpochRecord.Validation(loss: loss, top1: top1, images: 10), epoch: index + 1))
    }
    #expect(verdicts == [true, true, false, true, false, false])
    #expect(stopping.isOver)
    #expect(stopping.bestEpoch == 4)
  }

  @Test func withoutAJudgeTheLastEpochIsKept() {
    var stopping = EarlyStopping(metric: .last)
    let verdicts = (1...3).map { epoch in
      stopping.judge(
        EpochRecord.Validation(loss: Double(epoch), top1: 1 / Double(epoch), images: 1), epoch: epoch)
    }
    #expect(verdicts == [true, true, true])
    #expect(stopping.bestEpoch == 3)
  }

  @Test func theLossCanBeTheJudge() {
    var stopping = EarlyStopping(metric: .loss)
    let verdicts = [(1.0, 0.5), (1.1, 0.9), (0.9, 0.1)].enumerated().map { index, metrics in
      stopping.judge(
        EpochRecord.Validation(loss: metrics.0, top1: metrics.1, images: 1), epoch: index + 1)
    }
    #expect(verdicts == [true, false, true])
    #expect(!stopping.isOver)
  }
}
