import CheckpointFormat
import ModelDescriptor
import ResNetGraph
import ResNetModel
import TensorCore
import TestSupport
import Testing

/// Networks whose layers compute with integers: what they store, hand out and give up.
@Suite struct QuantizedModelTests {
  let folder = TemporaryFolder()

  private static let net = Architecture(
    input: .init(height: 8, width: 8), stem: .conv3x3(width: 4),
    stages: [.init(blocks: 1, width: 4, stride: 1)], block: .basic, classes: 3)
  private static let quantization = Quantization(
    maps: ["input": .init(scale: 0.02, zeroPoint: 128), "relu": .init(scale: 0.1, zeroPoint: 0)],
    layers: ["conv1", "layer1.0.conv1"])

  /// - Parameter storage: the type of all weights.
  private func descriptorAndTensors(
    _ storage: WeightStorage = .int8
  ) throws -> (ModelDescriptor, [String: Tensor]) {
    let plain = try Model(untrained: Self.net, seed: 3).stored(as: storage)
    var descriptor = plain.descriptor
    descriptor.architecture.quantization = Self.quantization
    descriptor.calibration = Calibration(images: 2, method: .percentile)
    descriptor.trace = GoldenTrace(seed: 1, inputSize: [3, 8, 8], logits: [1, 2, 3])
    let names = plain.graph.parameters.map(\.name)
    let tensors = names.map { ($0, plain.tensors.stored($0) ?? plain.parameter($0)) }
    return (descriptor, Dictionary(uniqueKeysWithValues: tensors))
  }

  private func model() throws -> Model {
    let (descriptor, tensors) = try descriptorAndTensors()
    return try Model(descriptor: descriptor, parameters: tensors)
  }

  @Test func `it survives its file, and its integers are the file's`() throws {
    let model = try model()
    try model.write(to: folder.file())
    let copy = try Model(contentsOf: folder.file())
    #expect(copy.descriptor == model.descriptor && copy.quantization == Self.quantization)
    let stored = try CheckpointReader(path: folder.file()).loadTensors()
    for layer in Self.quantization.layers {
      let weights = try #require(copy.integerWeights(ofLayer: layer))
      let tensor = try #require(stored[layer + ".weight"])
      let bytes = Array(copying: tensor.bytes)
      #expect(weights.shape == tensor.shape && weights.scales.count == weights.shape.dimensions[0])
      let integers = weights.integers
      let count = integers.count
      #expect(count == tensor.shape.elementCount)
      let tail = bytes.suffix(integers.count)
      let floats = copy.parameter(layer + ".weight").floats
      let size = integers.count / weights.scales.count
      for (index, byte) in zip(0..<integers.count, tail) {
        let integer = integers[index]
        #expect(UInt8(bitPattern: integer) == byte)
        let value = floats[index]
        #expect(value == Float(integer) * weights.scales[index / size])
      }
    }
    #expect(copy.integerWeights(ofLayer: "fc") == nil && copy.integerWeights(ofLayer: "bn1") == nil)
  }

  @Test(arguments: [WeightStorage.float32, .float16, .bfloat16])
  func `weights of another type are refused by their names`(storage: WeightStorage) throws {
    let (descriptor, tensors) = try descriptorAndTensors(storage)
    let error = #expect(throws: ModelError.self) { try Model(descriptor: descriptor, parameters: tensors) }
    #expect(error?.codeName == "badTensors")
    #expect(
      error?.description.contains(
        "conv1.weight is stored as \(storage.rawValue), must be i8: its layer is one of the quantization's")
        == true)
  }

  @Test func `random weights are not quantized`() throws {
    var net = Self.net
    net.quantization = Self.quantization
    let error = #expect(throws: ModelError.self) { try Model(untrained: net, seed: 1) }
    #expect(error?.description.contains("quantization: random weights") == true)
  }

  @Test func `a network of real numbers has the same weights, and no word of integers`() throws {
    let model = try model()
    let plain = try model.dequantized()
    #expect(plain.quantization == nil)
    #expect(plain.descriptor.calibration == nil && plain.descriptor.trace == nil)
    #expect(plain.graph.nodes == model.graph.nodes)
    for parameter in model.graph.parameters {
      let name = parameter.name
      #expect(
        Array(copying: plain.parameter(name).bytes) == Array(copying: model.parameter(name).bytes), "\(name)")
    }
    #expect(plain.tensors.storedType(of: "conv1.weight") == .float32)
    #expect(plain.tensors.storedType(of: "fc.weight") == .int8)
    #expect(plain.integerWeights(ofLayer: "conv1") == nil)
    let again = try plain.dequantized()
    #expect(again.descriptor == plain.descriptor)
  }

  @Test func `integers stay integers when types are chosen`() throws {
    let model = try model()
    for storage in [WeightStorage.float32, .float16, .bfloat16] {
      let error = #expect(throws: ModelError.self) { try model.stored(as: storage) }
      #expect(
        error?.description.contains("tensor conv1.weight is of a layer that computes with integers") == true)
    }
    let same = try model.stored(as: .int8)
    #expect(same.quantization == Self.quantization)
    #expect(same.descriptor.calibration == model.descriptor.calibration)
    for layer in Self.quantization.layers {
      let name = layer + ".weight"
      let (new, old) = (try #require(same.tensors.stored(name)), try #require(model.tensors.stored(name)))
      #expect(Array(copying: new.bytes) == Array(copying: old.bytes))
    }
    _ = try model.dequantized().stored(as: .float16)
  }

  @Test func `a delta has its own record on its base's integers`() throws {
    let model = try model()
    let summary = try model.write(to: folder.file("base.rzoo"))
    var descriptor = model.descriptor
    descriptor.architecture.quantization?.maps["relu"]?.zeroPoint = 7
    var tensors = model.graph.parameters.reduce(into: [String: Tensor]()) {
      $0[$1.name] = model.tensors.stored($1.name) ?? model.parameter($1.name)
    }
    tensors["fc.bias"] = Tensor(shape: [3], floats: [1, 2, 3])
    let other = try Model(descriptor: descriptor, parameters: tensors)
    let delta = try other.write(
      to: folder.file("delta.rzoo"), from: CheckpointStack(path: folder.file("base.rzoo")))
    #expect(delta.tensorCount == 1 && delta.contentRoot != summary.contentRoot)
    let copy = try Model(contentsOf: folder.file("delta.rzoo"))
    #expect(copy.descriptor == descriptor)
    #expect(copy.integerWeights(ofLayer: "conv1")?.scales == model.integerWeights(ofLayer: "conv1")?.scales)
  }
}
