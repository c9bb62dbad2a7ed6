import Foundation
import Kernels
import TensorCore
import TestSupport
import Testing
import Threads

@testable import Training

/// Weights after some steps, as PyTorch's optimizers and timm's leave them: `Fixtures/optimizers.json`, made by
/// `tools/fixtures/make_optimizer_fixtures.py`.
struct OptimizerTests {
  private let fixture: OptimizerFixture

  init() throws {
    fixture = try OptimizerFixture.load()
  }

  @Test(arguments: KernelTable.available.map(\.name)) func weightsAreThoseOfPyTorch(kernels: String) throws {
    let table = try #require(KernelTable.available.first { $0.name == kernels })
    for expected in fixture.cases {
      var weights = fixture.start.flatMap(\.self)
      let optimizer = try fixture.optimizer(expected, kernels: table)
      for (index, gradient) in fixture.gradients.enumerated() {
        let norm = fixture.step(optimizer, expected, &weights, gradient)
        if let clipping = expected.clipping {
          let length = try #require(norm)
          #expect(abs(length - expected.norms[index]) < 1e-5 * length, "norm, clipped at \(clipping)")
        }
      }
      // Single precision of some ten steps; the largest weight is about 3.
      for (index, pair) in zip(weights, expected.weights.flatMap(\.self)).enumerated() {
        #expect(abs(pair.0 - pair.1) < 3e-6, "\(expected): weight \(index) is \(pair.0), PyTorch's \(pair.1)")
      }
    }
  }

  @Test func everyOptimizerHasAFixture() {
    #expect(Set(fixture.cases.map(\.rule)) == Set(OptimizerName.allCases.map(\.rawValue)))
  }

  @Test(arguments: [UpdateRule.adamw(), .rmsprop(momentum: 0.9, centered: true), .lamb()])
  func threadsChangeNothing(rule: UpdateRule) {
    let count = 200_001
    var noise = Noise(1)
    let (gradient, start) = (noise.floats(count), noise.floats(count))
    let results = [1, 3].map { threads in
      var weights = start
      let slice = ParameterSlice(name: "w", range: 0..<count, isHead: true, decays: true)
      let optimizer = Optimizer(
        rule: rule, weightDecay: 0.1, slices: [slice], pool: WorkerPool(threads: threads))
      for _ in 0..<3 {
        var values = weights.mutableSpan
        optimizer.step(
          values: &values, gradients: gradient.span, rates: LearningRates(head: 0.1), clipping: 1)
      }
      return weights.map(\.bitPattern)
    }
    #expect(results[0] == results[1])
  }

  /// The mean of the squares less the square of the mean is then 0 but for rounding.
  @Test func equalGradientsGiveACenteredOptimizerNoRootOfANegativeNumber() {
    var weights = [Float](repeating: 1, count: 21)
    let slice = ParameterSlice(name: "w", range: 0..<21, isHead: true, decays: true)
    let optimizer = Optimizer(
      rule: .rmsprop(alpha: 0.1, centered: true), weightDecay: 0, slices: [slice],
      pool: WorkerPool(threads: 1))
    let gradient = (0..<21).map { 0.1 + Float($0) / 7 }
    for _ in 0..<100 {
      var values = weights.mutableSpan
      optimizer.step(values: &values, gradients: gradient.span, rates: LearningRates(head: 1e-9))
    }
    #expect(weights.allSatisfy { $0.isFinite })
  }

  @Test func gradientsThatAreNotFiniteChangeNothing() {
    var weights: [Float] = [1, 2]
    let slice = ParameterSlice(name: "w", range: 0..<2, isHead: true, decays: true)
    let optimizer = Optimizer(
      rule: .sgd(momentum: 0, nesterov: false), weightDecay: 0, slices: [slice], pool: WorkerPool(threads: 1))
    let gradient: [Float] = [1, .infinity]
    var values = weights.mutableSpan
    let norm = optimizer.step(
      values: &values, gradients: gradient.span, rates: LearningRates(head: 1), needsNorm: true)
    #expect(norm == .infinity)
    #expect(weights == [1, 2])
  }

  /// The second tensor begins when the first has done steps; its bias correction is then that of its own first step.
  @Test func aLargerOptimizerTakesOverWhatASmallerOneRemembers() throws {
    let pool = WorkerPool(threads: 1)
    let small = [ParameterSlice(name: "fc", range: 0..<7, isHead: true, decays: false)]
    let large = [
      ParameterSlice(name: "layer", range: 0..<5, isHead: false, decays: false),
      ParameterSlice(name: "fc", range: 5..<12, isHead: true, decays: false),
    ]
    let gradient = fixture.gradients[0][1]
    var alone = fixture.start[1]
    let first = Optimizer(rule: .adam(), weightDecay: 0, slices: small, pool: pool)
    for _ in 0..<2 { fixture.step(first, &alone, gradient) }
    var together = Array(repeating: Float(0), count: 5) + alone
    let second = Optimizer(rule: .adam(), weightDecay: 0, slices: large, pool: pool)
    second.restore(slice: 1, steps: first.steps[0], memories: first.memories(of: 0).map(\.tensor))
    #expect(second.steps == [0, 2])
    fixture.step(first, &alone, gradient)
    fixture.step(second, &together, Array(repeating: 1, count: 5) + gradient)
    #expect(Array(together[5...]) == alone)
    // Adam's first step is the rate in the direction of the gradient.
    for weight in together[..<5] { #expect(abs(weight + 0.01) < 1e-6) }
  }

  @Test func anAverageBeginsWithTheFirstNumbers() {
    let average = ExponentialMovingAverage(decay: 0.75, count: 3, pool: WorkerPool(threads: 1))
    let (first, second): ([Float], [Float]) = ([1, -2, 0.5], [5, -2, 0.5])
    average.update(first.span)
    average.update(second.span)
    var current: [Float] = [7, 8, 9]
    var span = current.mutableSpan
    average.exchange(with: &span)
    #expect(current == [2, -2, 0.5])
    span = current.mutableSpan
    average.exchange(with: &span)
    #expect(current == [7, 8, 9])
  }
}

/// The file's content.
struct OptimizerFixture: Decodable {
  struct Case: Decodable {
    var rule: String
    var rate: Double
    var settings: [String: String]
    var decay: Double
    var clipping: Double?
    var norms: [Double]
    var weights: [[Float]]
  }

  struct Rates: Decodable {
    var name: String
    var settings: [String: String]
    var rate: Double
    var steps: Int
    var perEpoch: Int
    var warmup: Int
    var rates: [Double]
  }

  /// The rates in each epoch, given the figures of those before.
  struct Plateau: Decodable {
    var settings: [String: String]
    var rate: Double
    var figures: [Double]
    var higher: Bool
    var rates: [Double]
  }

  var start: [[Float]]
  var gradients: [[[Float]]]
  var cases: [Case]
  var schedules: [Rates]
  var plateaus: [Plateau]

  static func load() throws -> OptimizerFixture {
    let folder = URL(filePath: #filePath).deletingLastPathComponent()
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    return try decoder.decode(
      Self.self, from: Data(contentsOf: folder.appending(path: "Fixtures/optimizers.json")))
  }

  func optimizer(_ expected: Case, kernels: KernelTable) throws -> Optimizer {
    let rule = try UpdateRule(
      #require(OptimizerName(rawValue: expected.rule)), settings: expected.settings)
    let split = start[0].count
    return Optimizer(
      rule: rule, weightDecay: expected.decay,
      slices: [
        ParameterSlice(name: "first", range: 0..<split, isHead: true, decays: true),
        ParameterSlice(name: "second", range: split..<split + start[1].count, isHead: false, decays: false),
      ], pool: WorkerPool(threads: 2), kernels: kernels)
  }

  func step(
    _ optimizer: Optimizer, _ expected: Case, _ weights: inout [Float], _ gradient: [[Float]]
  ) -> Double? {
    let flat = gradient.flatMap(\.self)
    var values = weights.mutableSpan
    return optimizer.step(
      values: &values, gradients: flat.span,
      rates: LearningRates(head: expected.rate, backbone: expected.rate / 10), clipping: expected.clipping)
  }

  func step(_ optimizer: Optimizer, _ weights: inout [Float], _ gradient: [Float]) {
    var values = weights.mutableSpan
    optimizer.step(values: &values, gradients: gradient.span, rates: LearningRates(head: 0.01))
  }
}
