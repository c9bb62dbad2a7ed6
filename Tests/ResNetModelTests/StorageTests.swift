import CheckpointFormat
import ModelDescriptor
import ResNetGraph
import ResNetModel
import TensorCore
import TestSupport
import Testing

/// Weights in other types than float32.
@Suite struct StorageTests {
  let folder = TemporaryFolder()

  private func model(seed: UInt64 = 3) throws -> Model {
    try Model(untrained: .preset(named: "small_resnet18"), seed: seed)
  }

  /// The model with one weight replaced.
  private func model(_ name: String, element: Int, _ value: Float) throws -> Model {
    let model = try model()
    var parameters = model.parameters
    let tensor = model.parameter(name)
    var floats = tensor.floats.indices.map { tensor.floats[$0] }
    floats[element] = value
    parameters[name] = Tensor(shape: tensor.shape, floats: floats)
    return try Model(descriptor: model.descriptor, parameters: parameters)
  }

  @Test(arguments: WeightStorage.allCases)
  func aStoredModelSurvivesItsFileAndTheNextOne(storage: WeightStorage) throws {
    let stored = try model().stored(as: storage)
    let first = try stored.write(to: folder.file("a.rzoo"))
    let copy = try Model(contentsOf: folder.file("a.rzoo"))
    for parameter in stored.graph.parameters {
      let bytes = Array(copying: stored.parameter(parameter.name).bytes)
      #expect(Array(copying: copy.parameter(parameter.name).bytes) == bytes, "\(parameter.name)")
    }
    let second = try copy.stored(as: storage).write(to: folder.file("b.rzoo"))
    #expect(second.contentRoot == first.contentRoot)
    #expect(readFile(folder.file("b.rzoo")) == readFile(folder.file("a.rzoo")))
  }

  @Test(arguments: [(WeightStorage.float16, ElementType.float16), (.bfloat16, .bfloat16), (.int8, .int8)])
  func weightsAreConvertedAndNormsAreNot(storage: WeightStorage, type: ElementType) throws {
    try model().stored(as: storage).write(to: folder.file())
    for entry in try CheckpointReader(path: folder.file()).index.entries {
      #expect(entry.elementType == (entry.shape.rank >= 2 ? type : .float32), "\(entry.name)")
    }
  }

  @Test func aModelGoesBackToFloat32() throws {
    let half = try model().stored(as: .float16)
    let wide = try half.stored(as: .float32)
    #expect(wide.graph.parameters.allSatisfy { wide.tensors.storedType(of: $0.name) == .float32 })
    #expect(StorageLoss(of: wide, from: half).entries.allSatisfy { $0.largest == 0 && $0.rms == 0 })
  }

  @Test func parametersOfOtherTypesAreTaken() throws {
    let plain = try model()
    var parameters = plain.parameters
    parameters["fc.weight"] = try plain.parameter("fc.weight").narrowed(to: .float64)
    parameters["fc.bias"] = try plain.parameter("fc.bias").narrowed(to: .bfloat16)
    let mixed = try Model(descriptor: plain.descriptor, parameters: parameters)
    #expect(mixed.tensors.storedType(of: "fc.weight") == .float64)
    #expect(
      Array(copying: mixed.parameter("fc.weight").bytes) == Array(copying: plain.parameter("fc.weight").bytes)
    )
    try mixed.write(to: folder.file())
    let tensors = try CheckpointReader(path: folder.file()).loadTensors(names: ["fc.weight", "fc.bias"])
    #expect(tensors["fc.weight"]?.elementType == .float64)
    #expect(tensors["fc.bias"]?.elementType == .bfloat16)
    parameters["fc.bias"] = Tensor(shape: [10], elementType: .int64, buffer: AlignedBuffer(byteCount: 80))
    #expect(throws: ModelError.self) { try Model(descriptor: plain.descriptor, parameters: parameters) }
  }

  @Test func whatF16CannotHoldIsAnErrorThatNamesTheTensor() throws {
    let model = try model("fc.weight", element: 7, 70000)
    let error = #expect(throws: ModelError.self) { try model.stored(as: .float16) }
    #expect(
      error?.description
        == "tensor fc.weight has 70000.0 at element 7, which f16 cannot hold; store it as bf16 or f32")
    #expect(throws: Never.self) { try model.stored(as: .bfloat16) }
    #expect(throws: Never.self) { try model.stored(as: .int8) }
  }

  @Test(arguments: [(WeightStorage.float16, 0x1p-11), (.bfloat16, 0x1p-8), (.int8, 0.5 / 127)])
  func theLossIsThatOfTheType(storage: WeightStorage, bound: Double) throws {
    let model = try model()
    let loss = StorageLoss(of: try model.stored(as: storage), from: model)
    #expect(loss.entries.count == model.graph.parameters.count { $0.shape.rank >= 2 })
    let worst = try #require(loss.worst)
    #expect(worst.largest <= bound * 1.0001 && worst.largest > bound / 4, "\(worst)")
    #expect(loss.entries.allSatisfy { $0.rms <= $0.largest && $0.rms > 0 })
    #expect(loss.meanRMS < worst.largest)
  }

  @Test func theLossIsRelativeToItsChannel() throws {
    let name = "fc.weight"
    let reference = try model(name, element: 0, 8)
    let changed = try model(name, element: 0, 6).stored(as: .bfloat16)
    let entry = try #require(StorageLoss(of: changed, from: reference).entries.first { $0.name == name })
    #expect(entry.largest == 0.25)
    #expect(entry.type == .bfloat16)
  }

  @Test func otherDocumentsAreKeptByteForByte() throws {
    let model = try model()
    let metadata =
      Array(String(decoding: try model.descriptor.metadataJSON(), as: UTF8.self).dropLast().utf8)
      + Array(#","later":[1, 2]}"#.utf8)
    try CheckpointWriter.write(
      architectureJSON: model.descriptor.architectureJSON(), metadataJSON: metadata,
      tensors: model.parameters.map { ($0, $1) }, to: folder.file("a.rzoo"))
    let stack = try CheckpointStack(path: folder.file("a.rzoo"))
    try Model(stack).stored(as: .int8).write(to: folder.file("b.rzoo"), documentsOf: stack.index)
    #expect(try CheckpointReader(path: folder.file("b.rzoo")).index.metadataJSON == metadata)
  }
}
