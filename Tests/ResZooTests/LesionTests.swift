import ModelDescriptor
import ResNetModel
import TestSupport
import Testing

@testable import ResZoo

/// Networks without some of their blocks.
@Suite struct LesionTests {
  /// A batch of noise.
  private static let input: Tensor = {
    var noise = Noise(5)
    return Tensor(shape: [2, 3, 16, 16], floats: noise.floats(2 * 3 * 256))
  }()

  /// The kinds of networks whose branches end differently.
  static let kinds: [(name: String, change: @Sendable (inout Architecture) -> Void)] = [
    ("basic", { _ in }), ("bottleneck", { ($0.block, $0.expansion) = (.bottleneck, 4) }),
    ("preactivation", { $0.block = .preactivationBasic }),
    (
      "preactivation with attention",
      {
        $0.block = .preactivationBasic
        $0.attention = .efficient(kernels: [3, 3])
      }
    ),
    ("attention", { $0.attention = .squeezeExcitation(innerChannels: [4, 4], bias: true) }),
    ("groups", { $0.normalization.kind = .group(groups: 2) }),
    ("instance", { $0.normalization.kind = .instance(affine: true) }),
    ("plain instance", { $0.normalization.kind = .instance(affine: false) }),
    ("biases", { ($0.convolutionBias, $0.block) = (.all, .preactivationBasic) }),
    (
      "biases before plain instance",
      {
        $0.convolutionBias = .all
        $0.normalization.kind = .instance(affine: false)
      }
    ),
    ("standardised", { ($0.weightStandardization, $0.block) = (1e-5, .preactivationBasic) }),
    ("zero-padded", { $0.shortcut = .zeroPad }),
  ]

  private func model(_ change: (inout Architecture) -> Void) throws -> Model {
    var architecture = Architecture.tiny
    change(&architecture)
    let model = try Model(untrained: architecture, seed: 7)
    // Norms that shift, so that a branch that is not silenced is seen.
    var noise = Noise(9)
    var tensors = model.parameters
    for parameter in model.graph.parameters
    where parameter.role == .bias || parameter.role == .runningMean {
      tensors[parameter.name] = Tensor(
        shape: parameter.shape, floats: noise.floats(parameter.shape.elementCount))
    }
    return try Model(descriptor: model.descriptor, parameters: tensors)
  }

  private func logits(_ model: Model) throws -> [Float] {
    let plan = try InferencePlan(model)
    let output = try InferenceSession(plan: plan, capacity: 2).logits(for: Self.input)
    return (0..<output.shape.elementCount).map { output.floats[$0] }
  }

  private func values(_ model: Model, _ name: String) -> [Float] {
    let tensor = model.parameter(name)
    return (0..<tensor.shape.elementCount).map { tensor.floats[$0] }
  }

  /// The same weights in an architecture that never had `layer1.1`.
  private func withoutSecondBlock(_ model: Model) throws -> Model {
    var descriptor = model.descriptor
    descriptor.architecture.stages[0].blocks = 1
    return try Model(
      descriptor: descriptor, parameters: model.parameters.filter { !$0.key.hasPrefix("layer1.1.") })
  }

  @Test(arguments: kinds.indices)
  func `a block with an identity shortcut that is left out is as if it were not there`(kind: Int) throws {
    let model = try model(Self.kinds[kind].change)
    let blocks = RemovableBlocks(model)
    #expect(blocks.paths == ["layer1.0", "layer1.1", "layer2.0", "layer2.1"], "\(Self.kinds[kind].name)")
    let lesioned = try #require(try blocks.model(without: ["layer1.1"]))
    let found = try logits(lesioned)
    #expect(found == (try logits(withoutSecondBlock(model))), "\(Self.kinds[kind].name)")
    #expect(found != (try logits(model)))
  }

  @Test func `a block that changes the shape becomes its shortcut`() throws {
    let model = try model { _ in }
    let lesioned = try #require(try RemovableBlocks(model).model(without: ["layer2.0"]))
    let options = Classifier.Options(threads: 1)
    let image = SampleImages.path("photo.jpg")
    func features(_ node: String) throws -> [Float] {
      let tensor = try FeatureExtractor(lesioned, node: node, options: options).features(of: image)
      return (0..<tensor.shape.elementCount).map { tensor.floats[$0] }
    }
    #expect(try features("layer2.0") == features("layer2.0.downsample").map { max(0, $0) })
  }

  @Test func `weights that are standardised without a constant cannot be silenced`() throws {
    let model = try model { ($0.weightStandardization, $0.block) = (0, .preactivationBasic) }
    #expect(RemovableBlocks(model).paths.isEmpty)
    #expect(RemovableBlocks(model).blocks[0].obstacle == "its branch does not end in weights")
  }

  @Test func `a plain network loses a block that keeps the shape, and no other`() throws {
    let model = try model { ($0.shortcut, $0.stages[0].blocks) = (.none, 3) }
    let blocks = RemovableBlocks(model)
    #expect(blocks.isPlain)
    #expect(blocks.paths == ["layer1.0", "layer1.1", "layer1.2", "layer2.1"])
    #expect(blocks.blocks[3].obstacle == "the block changes the shape")
    #expect(try blocks.model(without: ["layer2.0"]) == nil)
    // The middle one of three: the third one follows the first.
    let short = try #require(try blocks.model(without: ["layer1.1"]))
    #expect(short.graph.blocks.count == 4)
    #expect(values(short, "layer1.1.conv1.weight") == values(model, "layer1.2.conv1.weight"))
    // A whole stage.
    let shorter = try #require(try blocks.model(without: ["layer1.0", "layer1.1", "layer1.2"]))
    #expect(values(shorter, "layer1.0.conv1.weight") == values(model, "layer2.0.conv1.weight"))
    _ = try logits(shorter)
  }

  @Test func `a plain block that does nothing can be taken away`() throws {
    var tensors = try model { $0.shortcut = .none }.parameters
    let model = try model { $0.shortcut = .none }
    let epsilon = Float(model.descriptor.architecture.normalization.epsilon)
    for layer in ["1", "2"] {
      let weight = model.parameter("layer1.1.conv\(layer).weight")
      var kernel = [Float](repeating: 0, count: weight.shape.elementCount)
      for channel in 0..<8 { kernel[channel * 8 * 9 + channel * 9 + 4] = 1 }
      tensors["layer1.1.conv\(layer).weight"] = Tensor(shape: weight.shape, floats: kernel)
      for (end, value) in [("weight", 1), ("bias", 0), ("running_mean", 0), ("running_var", 1 - epsilon)] {
        tensors["layer1.1.bn\(layer).\(end)"] = Tensor(
          shape: [8], floats: Array(repeating: Float(value), count: 8))
      }
    }
    let idle = try Model(descriptor: model.descriptor, parameters: tensors)
    let short = try #require(try RemovableBlocks(idle).model(without: ["layer1.1"]))
    // Convolutions with identities sum in another order.
    for (whole, rest) in zip(try logits(idle), try logits(short)) { #expect(abs(whole - rest) < 1e-4) }
  }

  @Test func `attention of a plain network goes with its stage`() throws {
    let model = try model {
      $0.shortcut = .none
      $0.attention = .squeezeExcitation(innerChannels: [4, 6], bias: false)
    }
    let short = try #require(try RemovableBlocks(model).model(without: ["layer1.0", "layer1.1"]))
    #expect(
      short.descriptor.architecture.attention == .squeezeExcitation(innerChannels: [6], bias: false))
  }

  @Test func `sets are drawn by the seed, each once, and do not depend on larger ones`() {
    let blocks = (0..<6).map { "layer1.\($0)" }
    let plan = LesionPlan(of: blocks, largest: 20, draws: 4, seed: 1)
    #expect(plan.sets.prefix(6) == blocks.map { [$0] }[...])
    #expect(Set(plan.sets).count == plan.sets.count)
    for size in 2...5 { #expect(plan.sets.count { $0.count == size } == 4) }
    #expect(plan.sets.last == blocks)
    for set in plan.sets { #expect(set == set.sorted()) }
    let small = LesionPlan(of: blocks, largest: 3, draws: 4, seed: 1)
    #expect(small.sets == Array(plan.sets.prefix(small.sets.count)))
    #expect(LesionPlan(of: blocks, largest: 20, draws: 4, seed: 2).sets != plan.sets)
    #expect(LesionPlan(of: blocks, largest: 1, draws: 4, seed: 1).sets.count == 6)
    #expect(LesionPlan(of: ["a"], largest: 20, draws: 4, seed: 1).sets == [["a"]])
  }
}
