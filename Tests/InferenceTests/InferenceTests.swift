import Inference
import Kernels
import ModelDescriptor
import ReferenceKernels
import ResNetGraph
import ResNetModel
import TensorCore
import Testing

@Suite struct InferenceTests {
  @Test(arguments: TestNetworks.all.map(\.name), [(16, 20), (17, 9)])
  func theFusedNetworkAgreesWithTheReference(name: String, size: (Int, Int)) throws {
    let architecture = try #require(TestNetworks.all.first { $0.name == name }).architecture
    let model = try TestNetworks.model(architecture)
    let (height, width) = size
    let channels = architecture.input.channels
    let input = TestNetworks.images(2, channels: channels, height: height, width: width)
    let session = try InferenceSession(
      plan: InferencePlan(model, height: height, width: width, threads: 1), capacity: 2, threads: 1)
    let got = try session.logits(for: input).values
    let pixels = channels * height * width
    for image in 0..<2 {
      let want = model.referenceLogits(
        Reference.Map(
          channels: channels, height: height, width: width,
          values: Array(input.values[image * pixels..<(image + 1) * pixels])))
      let largest = want.map(abs).max() ?? 0
      for (index, value) in want.enumerated() {
        let error = abs(got[image * want.count + index] - value) / largest
        // Single precision through some ten layers, against double precision: a tenth of what the contract allows.
        #expect(error <= 1e-5, "logit \(index): \(got[image * want.count + index]) for \(value)")
      }
    }
  }

  @Test(arguments: TestNetworks.all.map(\.name))
  func aResultIsTheSameBitsWhateverTheBatchAndTheThreads(name: String) throws {
    let architecture = try #require(TestNetworks.all.first { $0.name == name }).architecture
    let model = try TestNetworks.model(architecture)
    let input = TestNetworks.images(9, channels: architecture.input.channels, height: 32, width: 28)
    let plan = try InferencePlan(model, height: 32, width: 28)
    let want = try InferenceSession(plan: plan, capacity: 1, threads: 1).logits(for: input).values
    for (capacity, threads) in [(1, 2), (1, 5), (2, 1), (3, 2), (8, 3), (9, 2), (16, 4)] {
      let session = try InferenceSession(plan: plan, capacity: capacity, threads: threads)
      #expect(try session.logits(for: input).values == want, "capacity \(capacity), \(threads) threads")
    }
  }

  @Test func aRealArchitectureIsTheSameBitsWhateverTheBatchAndTheThreads() throws {
    let model = try Model(untrained: .preset(named: "resnet18"), seed: 1)
    let input = TestNetworks.images(3, height: 96, width: 64)
    let plan = try InferencePlan(model, height: 96, width: 64)
    let want = try InferenceSession(plan: plan, capacity: 1, threads: 1).logits(for: input).values
    #expect(try InferenceSession(plan: plan, capacity: 3, threads: 2).logits(for: input).values == want)
    #expect(try InferenceSession(plan: plan, capacity: 2, threads: 3).logits(for: input).values == want)
  }

  @Test func theGoalChangesTheLastDigitsOnly() throws {
    let model = try Model(untrained: .preset(named: "resnet18"), seed: 1)
    let input = TestNetworks.images(1, height: 64, width: 64)
    func logits(_ goal: InferenceGoal, exact: Bool = false) throws -> [Float] {
      let plan = try InferencePlan(model, height: 64, width: 64, exact: exact, goal: goal)
      return try InferenceSession(plan: plan).logits(for: input).values
    }
    let exact = try logits(.throughput, exact: true)
    let largest = exact.map(abs).max() ?? 0
    for goal in InferenceGoal.allCases {
      let worst = zip(try logits(goal), exact).map { abs($0 - $1) }.max() ?? .infinity
      // A tenth of what the contract allows.
      #expect(worst <= 1e-4 * largest, "\(goal): \(worst) of \(largest)")
    }
  }

  @Test func aProfileNamesEveryStep() throws {
    let model = try Model(untrained: .preset(named: "resnet18"), seed: 1)
    let session = try InferenceSession(
      plan: InferencePlan(model, height: 64, width: 64), capacity: 2, threads: 2)
    let profile = session.profile(count: 2, runs: 2)
    #expect(profile.map(\.name).first == "conv1")
    #expect(profile.map(\.name).last == "fc")
    #expect(profile.count == 23)
    #expect(profile.first { $0.name == "layer1.0.conv1" }?.engine == "winograd")
    #expect(profile.first { $0.name == "layer2.0.downsample.0" }?.engine == "product")
    #expect(
      profile.reduce(0) { $0 + $1.multiplyAdds } == (try model.graph.multiplyAdds(height: 64, width: 64)))
    #expect(profile.allSatisfy { $0.seconds > 0 })
  }

  @Test func anInputOfAnotherShapeIsAnError() throws {
    let model = try TestNetworks.model(TestNetworks.small(.basic))
    let session = try InferenceSession(plan: InferencePlan(model), capacity: 1, threads: 1)
    for shape: Shape in [[1, 3, 16, 21], [1, 1, 16, 20], [3, 16, 20], []] {
      let input = Tensor(shape: shape, floats: Array(repeating: 0, count: shape.elementCount))
      #expect(throws: InferenceError(.shape, "")) { try session.logits(for: input) }
    }
    #expect(try session.logits(for: Tensor(shape: [0, 3, 16, 20], floats: [])).shape == [0, 7])
  }

  @Test func aSizeBeyondTheMachineIsAnError() throws {
    let model = try TestNetworks.model(TestNetworks.small(.basic))
    #expect(throws: InferenceError(.size, "")) { try InferencePlan(model, height: 0, width: 5) }
    #expect(throws: InferenceError(.size, "")) { try InferencePlan(model, height: 5, width: 1 << 40) }
    let plan = try InferencePlan(model, height: 16384, width: 16384)
    #expect(throws: InferenceError(.memory, "")) { try InferenceSession(plan: plan, capacity: 64) }
    #expect(throws: InferenceError(.memory, "")) { try InferenceSession(plan: plan, capacity: Int.max) }
  }
}
