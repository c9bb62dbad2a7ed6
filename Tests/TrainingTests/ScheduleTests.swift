import Testing
import Training

/// `Fixtures/optimizers.json`, made by `tools/fixtures/make_optimizer_fixtures.py`, holds the rates of PyTorch's schedulers.
struct ScheduleTests {
  @Test func ratesAreThoseOfPyTorch() throws {
    let kinds: [String: Schedule.Kind] = [
      "constant": .constant, "step": .step(epochs: 2, gamma: 0.5),
      "multistep": .multistep(milestones: [1, 3], gamma: 0.1), "cosine": .cosine, "onecycle": .onecycle,
    ]
    for expected in try OptimizerFixture.load().schedules {
      let schedule = Schedule(
        kind: try #require(kinds[expected.name]), steps: expected.steps, stepsPerEpoch: expected.perEpoch,
        warmupSteps: expected.warmup)
      for (step, factor) in expected.factors.enumerated() {
        let own = schedule.factor(step: step)
        #expect(abs(own - factor) < 1e-12, "\(expected.name), step \(step): \(own), PyTorch's \(factor)")
      }
    }
  }

  @Test(arguments: [Schedule.Kind.constant, .cosine, .onecycle, .step(epochs: 1, gamma: 0.1)])
  func everyFactorOfTheShortestRunIsFinite(kind: Schedule.Kind) {
    for steps in 1...3 {
      let schedule = Schedule(kind: kind, steps: steps, stepsPerEpoch: 1)
      for step in 0..<steps + 2 { #expect((0...1).contains(schedule.factor(step: step))) }
    }
  }

  @Test func patienceCountsEpochsWithoutABetterOne() {
    var stopping = EarlyStopping(patience: 2)
    let figures = [(0.5, 1.0), (0.6, 1.0), (0.6, 1.0), (0.6, 0.9), (0.5, 0.1), (0.6, 0.9)]
    var verdicts: [Bool] = []
    for (index, (top1, loss)) in figures.enumerated() {
      #expect(!stopping.isOver)
      verdicts.append(
        stopping.judge(EpochRecord.Validation(loss: loss, top1: top1, images: 10), epoch: index + 1))
    }
    #expect(verdicts == [true, true, false, true, false, false])
    #expect(stopping.isOver)
    #expect(stopping.bestEpoch == 4)
  }

  @Test func theLossCanBeTheJudge() {
    var stopping = EarlyStopping(figure: .loss)
    let verdicts = [(1.0, 0.5), (1.1, 0.9), (0.9, 0.1)].enumerated().map { index, figures in
      stopping.judge(
        EpochRecord.Validation(loss: figures.0, top1: figures.1, images: 1), epoch: index + 1)
    }
    #expect(verdicts == [true, false, true])
    #expect(!stopping.isOver)
  }
}
