import Inference
import Kernels
import ModelDescriptor
import ReferenceKernels
import ResNetGraph
import ResNetModel
import TensorCore
import Testing

/// Plans whose outputs are chosen.
@Suite struct OutputTests {
  @Test(arguments: TestNetworks.all.map(\.name))
  func allNodesTogetherAreAsTheReferenceHasThem(name: String) throws {
    let model = try Self.model(name)
    try Self.expectReference(model, outputs: Array(model.graph.nodes.indices))
  }

  @Test(arguments: [
    "basic", "option A", "pre-activation, deep stem", "squeeze-and-excitation, pre-activation", "ECA", "blur",
    "group norm", "average beside maximum", "multilayer head", "Keras v2",
  ])
  func eachNodeAloneIsAsTheReferenceHasIt(name: String) throws {
    let model = try Self.model(name)
    for node in model.graph.nodes.indices { try Self.expectReference(model, outputs: [node]) }
  }

  @Test(arguments: TestNetworks.all.map(\.name))
  func blocksThatAreAskedForLeaveTheLogitsTheirBits(name: String) throws {
    let model = try Self.model(name)
    let nodes = model.graph.nodes
    // Nothing takes in what several nodes read, so that asking for it changes no step.
    let readers = nodes.flatMap(\.inputs)
    let shared = nodes.indices.filter { index in readers.count { $0 == index } > 1 }
    let input = TestNetworks.images(
      2, channels: model.descriptor.architecture.input.channels, height: 16, width: 20)
    let usual = try InferenceSession(plan: InferencePlan(model), capacity: 2, threads: 1)
    let want = try usual.logits(for: input).values
    let plan = try InferencePlan(model, outputs: shared + [nodes.count - 1])
    #expect(plan.outputs == shared + [nodes.count - 1])
    let session = try InferenceSession(plan: plan, capacity: 2, threads: 1)
    #expect(try session.logits(for: input).values == want)
    // Each alone, what follows it left out, has the bits that it has in the whole network.
    for node in shared {
      let alone = try InferenceSession(plan: InferencePlan(model, outputs: [node]), capacity: 2, threads: 1)
      alone.run(input)
      for image in 0..<2 {
        #expect(alone.values(node, of: image) == session.values(node, of: image), "\(nodes[node].name)")
      }
    }
  }

  @Test func outputsAreTheSameBitsWhateverTheBatchAndTheThreads() throws {
    // So large that few images go through the first steps together.
    let model = try Self.model("7×7 stem, four stages")
    let outputs = ["input", "conv1", "maxpool", "layer2.0.relu", "layer4.1.relu", "avgpool"].compactMap {
      name in
      model.graph.nodes.firstIndex { $0.name == name }
    }
    #expect(outputs.count == 6)
    let input = TestNetworks.images(3, height: 768, width: 760)
    let plan = try InferencePlan(model, height: 768, width: 760, outputs: outputs)
    let single = try InferenceSession(plan: plan, capacity: 1, threads: 1)
    let together = try InferenceSession(plan: plan, capacity: 3, threads: 2)
    together.run(input)
    for image in 0..<3 {
      single.run(input, first: image)
      for node in outputs {
        #expect(
          single.values(node, of: 0) == together.values(node, of: image),
          "\(model.graph.nodes[node].name) of image \(image)")
      }
    }
  }

  @Test func whatNoOutputNeedsIsNotComputed() throws {
    let model = try Model(untrained: .preset(named: "resnet18"), seed: 1)
    let node = try #require(model.graph.nodes.firstIndex { $0.name == "layer2.1.relu" })
    let plan = try InferencePlan(model, height: 64, width: 64, outputs: [node])
    #expect(plan.shape(of: node) == FeatureShape(channels: 128, height: 8, width: 8))
    let session = try InferenceSession(plan: plan, threads: 1)
    let whole = try InferenceSession(plan: InferencePlan(model, height: 64, width: 64), threads: 1)
    let names = session.profile(count: 1, runs: 1).map(\.name)
    #expect(names.last == "layer2.1.conv2")
    #expect(names == whole.profile(count: 1, runs: 1).map(\.name).prefix(names.count).map { $0 })
  }

  @Test func theLogitsAreTheDefault() throws {
    let model = try Self.model("basic")
    let usual = try InferencePlan(model)
    let last = model.graph.nodes.count - 1
    #expect(usual.outputs == [last])
    #expect(usual.shape(of: last) == FeatureShape(channels: 7, height: 1, width: 1))
    let asked = try InferencePlan(model, outputs: [last, last])
    #expect(asked.outputs == [last])
    #expect(asked.memoryNeeded(capacity: 1, threads: 1) == usual.memoryNeeded(capacity: 1, threads: 1))
  }

  private static func model(_ name: String) throws -> Model {
    try TestNetworks.model(#require(TestNetworks.all.first { $0.name == name }).architecture)
  }

  private static func expectReference(_ model: Model, outputs: [Int]) throws {
    let input = model.descriptor.architecture.input
    let image = TestNetworks.images(
      1, channels: input.channels, height: input.height, width: input.width)
    let maps = model.referenceMaps(
      Reference.Map(
        channels: input.channels, height: input.height, width: input.width, values: image.values))
    let session = try InferenceSession(plan: InferencePlan(model, threads: 1, outputs: outputs), threads: 1)
    session.run(image)
    for node in outputs {
      let want = maps[node]
      let shape = session.plan.shape(of: node)
      #expect(shape == FeatureShape(channels: want.channels, height: want.height, width: want.width))
      let largest = want.values.map(abs).max() ?? 0
      let worst = zip(session.values(node, of: 0), want.values).map { abs($0 - $1) }.max() ?? .infinity
      // As for the logits: single precision through some ten layers.
      #expect(
        worst <= 1e-5 * largest, "\(model.graph.nodes[node].name): \(worst) of \(largest), of \(outputs)")
    }
  }
}

extension InferenceSession {
  /// Runs as many images as fit, from the given one of a batch of [images, channels, height, width].
  fileprivate func run(_ input: Tensor, first: Int = 0) {
    let pixels = plan.height * plan.width
    for image in 0..<capacity {
      withInput(image) { span in
        for index in span.indices {
          let (pixel, channel) = (index / plan.channels, index % plan.channels)
          span[index] = input.floats[((first + image) * plan.channels + channel) * pixels + pixel]
        }
      }
    }
    run(count: capacity)
  }

  /// The output of a node, [channels, height, width].
  fileprivate func values(_ node: Int, of image: Int) -> [Float] {
    let shape = plan.shape(of: node)
    return withOutput(node, of: image) { span in
      (0..<shape.channels).flatMap { channel in
        stride(from: channel, to: span.count, by: shape.channels).map { span[$0] }
      }
    }
  }
}
