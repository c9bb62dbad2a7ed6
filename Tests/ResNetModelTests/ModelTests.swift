import CheckpointFormat
import ModelDescriptor
import ResNetGraph
import ResNetModel
import TensorCore
import TestSupport
import Testing

@Suite struct ModelTests {
  @Test(arguments: [Codec.automatic, .none])
  func aModelSurvivesItsFile(codec: Codec) throws {
    let folder = TemporaryFolder()
    let model = try Model(untrained: .preset(named: "cifar_resnet20"), labels: labels, seed: 3)
    try model.write(to: folder.file(), codec: codec)
    let copy = try Model(contentsOf: folder.file())
    #expect(copy.descriptor == model.descriptor)
    #expect(copy.graph == model.graph)
    for parameter in model.graph.parameters {
      #expect(values(copy.parameter(parameter.name)) == values(model.parameter(parameter.name)))
    }
  }

  @Test func theSameSeedGivesTheSameFile() throws {
    let folder = TemporaryFolder()
    for (name, seed) in [("a", 5), ("b", 5), ("c", 6)] as [(String, UInt64)] {
      try Model(untrained: .preset(named: "small_resnet18"), seed: seed).write(to: folder.file(name))
    }
    #expect(readFile(folder.file("a")) == readFile(folder.file("b")))
    #expect(readFile(folder.file("a")) != readFile(folder.file("c")))
  }

  @Test func aNetworkBeyondTheLimitIsAnErrorBeforeMemoryIsTaken() {
    // 9.7 · 10^9 weights.
    let architecture = Architecture(
      stages: [.init(blocks: 2, width: 16384, stride: 1)], block: .basic)
    #expect(throws: ModelError.self) { try Model(untrained: architecture, seed: 1) }
  }

  @Test func heInitialisationHasTheDeviationOfThePaper() throws {
    let model = try Model(untrained: .preset(named: "resnet18"), seed: 1)
    let weights = values(model.parameter("layer3.1.conv1.weight"))
    let mean = weights.reduce(0, +) / Float(weights.count)
    let variance = weights.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Float(weights.count)
    // 589,824 draws: the deviation is known to about 0.1 %, the mean to 0.0001.
    #expect(abs(variance.squareRoot() - (2.0 / (256 * 9)).squareRoot()) < 1e-4)
    #expect(abs(mean) < 2e-4)
    #expect(values(model.parameter("bn1.weight")).allSatisfy { $0 == 1 })
    #expect(values(model.parameter("bn1.running_mean")).allSatisfy { $0 == 0 })
    #expect(model.descriptor.origin == Origin(kind: .untrained, seed: 1))
  }

  @Test func xavierInitialisationHasTheBoundOfThePaper() throws {
    let model = try Model(untrained: .preset(named: "resnext50_32x4d"), initialization: .xavier, seed: 1)
    // Fan-in and fan-out as PyTorch's xavier_uniform_ counts them, that of a grouped convolution in its group.
    for (name, fans) in [("layer1.0.conv1.weight", 64 + 128), ("layer1.0.conv2.weight", (4 + 128) * 9)] {
      let bound = (6 / Float(fans)).squareRoot()
      let largest = values(model.parameter(name)).map(\.magnitude).max() ?? 0
      #expect(largest <= bound && largest > 0.99 * bound, "\(name)")
    }
    let kaiming = try Model(untrained: .preset(named: "small_resnet18"), seed: 1)
    let xavier = try Model(untrained: .preset(named: "small_resnet18"), initialization: .xavier, seed: 1)
    #expect(values(kaiming.parameter("conv1.weight")) != values(xavier.parameter("conv1.weight")))
    #expect(xavier.provenance == nil)
    let bound = 1 / Float(64).squareRoot()
    #expect(values(xavier.parameter("fc.weight")).allSatisfy { $0.magnitude <= bound })
  }

  @Test(arguments: [
    ("seresnet18", "layer2.1.bn2.weight", "layer2.1.bn1.weight"),
    ("resnet50_gn", "layer4.0.bn3.weight", "layer4.0.downsample.1.weight"),
    ("cifar_preresnet20", "layer1.0.conv2.weight", "layer1.0.bn2.weight"),
  ])
  func theEndsOfResidualBranchesMayStartAtZero(name: String, zero: String, other: String) throws {
    let architecture = try Architecture.preset(named: name, classes: 2)
    let model = try Model(untrained: architecture, zeroInitLast: true, seed: 1)
    #expect(values(model.parameter(zero)).allSatisfy { $0 == 0 })
    #expect(values(model.parameter(other)).allSatisfy { $0 != 0 })
    let usual = try Model(untrained: architecture, seed: 1)
    #expect(values(usual.parameter(zero)).allSatisfy { $0 != 0 })
  }

  /// A header's content root is a claim until the tensors are hashed.
  @Test func theContentRootIsThatOfTheWeights() throws {
    let folder = TemporaryFolder()
    let (mine, other) = (folder.file("mine"), folder.file("other"))
    let network = try Model(untrained: .preset(named: "cifar_resnet20"), seed: 1)
    let half = try network.stored(as: .float16)
    for model in [network, half] {
      try model.write(to: mine)
      try Model(untrained: .preset(named: "cifar_resnet20"), seed: 2).write(to: other)
      let roots = try [mine, other].map { try CheckpointStack(path: $0).index.contentRootHex }
      #expect(roots[0] != roots[1])
      #expect(model.contentRoot() == roots[0])
      #expect(try Model(contentsOf: mine).contentRoot() == roots[0])
      #expect(try Model(CheckpointStack(path: mine).pinned()).contentRoot() == roots[0])
      let forged = folder.write(claimingRoot(of: readFile(other), readFile(mine)), to: "forged")
      #expect(try CheckpointStack(path: forged).index.contentRootHex == roots[1])
      #expect(try Model(contentsOf: forged).contentRoot() == roots[0])
      #expect(throws: ModelError.self) { try Model(CheckpointStack(path: forged).pinned()) }
    }
  }

  @Test func everyDifferenceIsListed() throws {
    let model = try Model(untrained: .preset(named: "small_resnet18"), seed: 1)
    var tensors = model.parameters
    tensors["fc.bias"] = nil
    tensors["head.bias"] = Tensor(shape: [1], floats: [0])
    tensors["bn1.weight"] = Tensor(shape: [17], floats: Array(repeating: 1, count: 17))
    tensors["bn1.bias"] = Tensor(shape: [16], floats: [Float.nan] + Array(repeating: 0, count: 15))
    tensors["bn1.running_mean"] = Tensor(
      shape: [16], floats: Array(repeating: 0, count: 15) + [-Float.infinity])
    tensors["bn1.running_var"] = Tensor(shape: [16], floats: Array(repeating: -1, count: 16))
    do {
      _ = try Model(descriptor: model.descriptor, parameters: tensors)
      Issue.record("no error")
    } catch {
      guard case .parameters(let mismatch) = error else {
        Issue.record("\(error)")
        return
      }
      #expect(mismatch.missing == ["fc.bias [10]"])
      #expect(mismatch.extra == ["head.bias"])
      #expect(mismatch.unsuitable.count == 2)
      #expect(mismatch.nonFinite.count == 2)
      #expect(mismatch.description.contains("bn1.weight is [17], must be [16]"))
    }
  }

  @Test func aFileOfAnotherArchitectureIsAnError() throws {
    let folder = TemporaryFolder()
    let model = try Model(untrained: .preset(named: "small_resnet18"), seed: 1)
    var descriptor = model.descriptor
    descriptor.architecture.classes = 11
    try CheckpointWriter.write(
      architectureJSON: descriptor.architectureJSON(), metadataJSON: descriptor.metadataJSON(),
      tensors: model.parameters.map { ($0, $1) }, to: folder.file())
    #expect {
      try Model(contentsOf: folder.file())
    } throws: { error in
      if case .parameters(let mismatch)? = error as? ModelError {
        mismatch.unsuitable.count == 2
      } else {
        false
      }
    }
  }

  @Test func aFileWithAnUnknownArchitectureFieldIsRefusedByName() throws {
    let folder = TemporaryFolder()
    let model = try Model(untrained: .preset(named: "small_resnet18"), seed: 1)
    let json = String(decoding: try model.descriptor.architectureJSON(), as: UTF8.self)
    try CheckpointWriter.write(
      architectureJSON: Array(json.replacing("{\"block\"", with: "{\"activation\":\"gelu\",\"block\"").utf8),
      metadataJSON: model.descriptor.metadataJSON(), tensors: model.parameters.map { ($0, $1) },
      to: folder.file())
    #expect(throws: ModelError.descriptor(DescriptorError(.unknownField, field: "activation", ""))) {
      try Model(contentsOf: folder.file())
    }
  }

  private let labels = ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j"]

  private func values(_ tensor: Tensor) -> [Float] {
    (0..<tensor.shape.elementCount).map { tensor.floats[$0] }
  }
}
