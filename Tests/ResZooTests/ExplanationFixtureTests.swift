import Foundation
import TestSupport
import Testing
import Threads

@testable import ResZoo

/// Maps of explanation as PyTorch has them: `Fixtures/explanations.json`, made by `tools/fixtures/make_explanation_fixtures.py`.
@Suite struct ExplanationFixtureTests {
  struct Case: Decodable {
    var descriptor: Architecture
    var node: String
    /// Class and factor.
    var direction: [[Double]]
    var logits: [Double]
    var shape: [Int]
    var maps: [String: [Double]]
    var saliency: [Double]
    var products: [Double]

    var answer: ExplainedAnswer {
      ExplainedAnswer(Int(direction[0][0]), comparedWith: direction.dropFirst().first.map { Int($0[0]) })
    }
  }

  struct Fixture: Decodable {
    var channels: Int
    var height: Int
    var width: Int
    var cases: [Case]
  }

  private static let count = 8

  private static func fixture() throws -> Fixture {
    let folder = URL(filePath: #filePath).deletingLastPathComponent()
    return try JSONDecoder().decode(
      Fixture.self, from: Data(contentsOf: folder.appending(path: "Fixtures/explanations.json")))
  }

  /// The input of all cases, [height][width][channels].
  private static func input(_ fixture: Fixture) -> [Float] {
    let planar = DrawnNetwork.tensor("input", Shape([fixture.channels, fixture.height, fixture.width])).floats
    let pixels = fixture.height * fixture.width
    return (0..<planar.count).map { planar[$0 % fixture.channels * pixels + $0 / fixture.channels] }
  }

  @Test(arguments: 0..<count) func `maps of a node are those of PyTorch`(index: Int) throws {
    let fixture = try Self.fixture()
    #expect(fixture.cases.count == Self.count)
    let want = fixture.cases[index]
    let model = try DrawnNetwork.model(want.descriptor)
    let node = try model.graph.explainedNode(want.node, height: fixture.height, width: fixture.width)
    for (name, values) in want.maps {
      let method = try #require(ExplanationMethod(rawValue: name))
      let engine = try ActivationEngine(
        model, method: method, node: node, height: fixture.height, width: fixture.width,
        pool: WorkerPool(threads: 2))
      let logits = engine.begin(Self.input(fixture))
      check(logits.map { Double($0) }, want.logits, "logits")
      let map = engine.map(for: want.answer)
      #expect([map.height, map.width] == want.shape)
      check(map.values, values, name)
      // A second map of the same input is the same.
      #expect(engine.map(for: want.answer).values == map.values)
    }
  }

  @Test(arguments: 0..<count) func `derivatives by pixels are those of PyTorch`(index: Int) throws {
    let fixture = try Self.fixture()
    let want = fixture.cases[index]
    let model = try DrawnNetwork.model(want.descriptor)
    let engine = try SaliencyEngine(
      model, height: fixture.height, width: fixture.width, pool: WorkerPool(threads: 2))
    let input = Self.input(fixture)
    _ = engine.begin(input)
    check(engine.map(for: want.answer).values, want.saliency, "saliency")
    let gradients = try InputGradients(
      model, height: fixture.height, width: fixture.width, capacity: 2, pool: WorkerPool(threads: 2))
    // The second of two inputs, so that places of a batch count.
    let gradient = gradients.run([Array(repeating: 0, count: input.count), input], want.answer)[1].gradient
    var products = Array(repeating: 0.0, count: want.products.count)
    for index in input.indices { products[index / 3] += Double(input[index]) * Double(gradient[index]) }
    check(products, want.products, "input times gradient")
  }

  /// The contract: 1e-4 of the largest number, as weights and sums are in single precision here and in double there.
  private func check(_ values: [Double], _ want: [Double], _ name: String) {
    #expect(values.count == want.count)
    let largest = want.map(abs).max() ?? 0
    #expect(largest > 0)
    for (index, (value, want)) in zip(values, want).enumerated() {
      #expect(abs(value - want) <= 1e-4 * largest, "\(name), place \(index): \(value) for \(want)")
    }
  }

  @Test(arguments: 0..<count) func `the places of a class map and the bias add up to the logit`(
    index: Int
  )
    throws
  {
    let fixture = try Self.fixture()
    let want = fixture.cases[index]
    let model = try DrawnNetwork.model(want.descriptor)
    let pool = WorkerPool(threads: 1)
    guard case .linear = want.descriptor.head else {
      #expect(throws: ExplanationError.notLinear("a head of 2 layers")) {
        try ClassMapEngine(model, height: fixture.height, width: fixture.width, pool: pool)
      }
      return
    }
    let engine = try ClassMapEngine(model, height: fixture.height, width: fixture.width, pool: pool)
    _ = engine.begin(Self.input(fixture))
    let map = engine.map(for: want.answer)
    let logit = want.direction.reduce(0) { $0 + $1[1] * want.logits[Int($1[0])] }
    let found = try #require(map.check).found
    #expect(abs(found - logit) <= 1e-5 * max(1, abs(logit)), "\(found) for \(logit)")
    // Where the last map is the one that was looked at, its shares are what HiResCAM says.
    if model.graph.node(atPath: want.node) == GlobalPooling(model.graph).input {
      check(map.values, want.maps["hirescam"] ?? [], "class map")
    }
  }

  @Test(arguments: 0..<count) func `integrated gradients add up to the gain`(index: Int) throws {
    let fixture = try Self.fixture()
    let want = fixture.cases[index]
    let model = try DrawnNetwork.model(want.descriptor)
    let input = Self.input(fixture)
    let engine = try IntegratedGradientsEngine(
      model, height: fixture.height, width: fixture.width, baseline: input.map { _ in -1 }, tolerance: 0.005,
      limit: 512, pool: WorkerPool(threads: 2))
    _ = engine.begin(input)
    let check = try #require(engine.map(for: want.answer).check)
    #expect(check.relativeDifference <= 0.01, "\(check)")
    #expect(check.expected != 0 && check.steps >= 8)
  }
}
