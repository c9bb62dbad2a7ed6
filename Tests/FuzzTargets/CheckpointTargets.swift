import CheckpointFormat
import ModelDescriptor
import ResNetGraph
import ResNetModel
import TensorCore
import TestSupport

extension FuzzTarget {
  /// The project's own format, as a whole and in parts.
  static let checkpoints: [FuzzTarget] = [
    FuzzTarget("checkpoint", files: { [$0, CheckpointFile.repaired($0)] }, read: readCheckpoint),
    FuzzTarget("checkpoint-parts", files: { [CheckpointFile.assembled($0)] }, read: readCheckpoint),
    FuzzTarget("checkpoint-codec", files: { [CheckpointFile.grouped($0)] }, read: readCheckpoint),
    FuzzTarget(
      "checkpoint-delta", files: { [CheckpointFile.assembled($0, further: "base")] }, read: readDelta),
    FuzzTarget(
      "checkpoint-signatures", files: { [CheckpointFile.assembled($0, further: "sign")] },
      read: readSignatures),
    FuzzTarget("checkpoint-scales", files: { [CheckpointFile.scaled($0)] }, read: readScales),
    FuzzTarget("checkpoint-elements", read: readElements),
    FuzzTarget("descriptor", read: readDescriptor),
  ]

  /// Reads a checkpoint. What is accepted and complete must be written again as a file of the same content.
  private static func readCheckpoint(_ bytes: [UInt8]) throws {
    let folder = TemporaryFolder()
    let reader = try CheckpointReader(path: folder.write(bytes))
    _ = try? reader.index.modelDescriptor()
    let tensors = try reader.loadTensors(threads: 1)
    precondition(
      reader.index.decodedByteCount <= 8 * bytes.count + 1 << 20, "more than is allowed was decoded")
    guard !reader.index.isDelta else { return }
    let again = rewritten(
      tensors.map { ($0.key, $0.value) }, architecture: reader.index.architectureJSON,
      metadata: reader.index.metadataJSON, in: folder)
    precondition(again.index.entries.map(\.name) == reader.index.entries.map(\.name), "other names")
    do {
      try reader.verify(threads: 1)
    } catch {
      precondition(error.code == .contentRootMismatch, "loaded, but not verified: \(error)")
      precondition(again.index.contentRoot != reader.index.contentRoot, "the root was right")
      throw error
    }
    precondition(again.index.contentRoot == reader.index.contentRoot, "another content root")
  }

  /// Writes the input as the elements of a tensor, of the type that its first byte says, and reads them again.
  private static func readElements(_ input: [UInt8]) throws {
    let types = ElementType.allCases.filter { $0 != .int8 }
    let type = types[Int(input.first ?? 0) % types.count]
    let count = max(0, input.count - 1) / type.byteCount
    var buffer = AlignedBuffer(byteCount: count * type.byteCount)
    var target = buffer.mutableBytes
    let elements = input.part(from: 1, count: count * type.byteCount)
    target.copy(from: elements.rawBytes)
    let tensor = Tensor(shape: [count], elementType: type, buffer: buffer)
    let document = Array("{}".utf8)
    let reader = rewritten(
      [("w", tensor)], architecture: document, metadata: document, in: TemporaryFolder())
    let loaded = try reader.loadTensors(threads: 1)["w"].map { [UInt8](copying: $0.bytes) }
    precondition(loaded == elements, "other elements")
    try reader.verify(threads: 1)
  }

  private static func rewritten(
    _ tensors: [(String, Tensor)], architecture: [UInt8], metadata: [UInt8], in folder: TemporaryFolder
  ) -> CheckpointReader {
    do {
      try CheckpointWriter.write(
        architectureJSON: architecture, metadataJSON: metadata, tensors: tensors, threads: 1,
        to: folder.file("again.rzoo"))
      return try CheckpointReader(path: folder.file("again.rzoo"))
    } catch {
      preconditionFailure("what was read cannot be written: \(error)")
    }
  }

  /// Reads an architecture and expands its graph. The description must lead back to an equal architecture.
  private static func readDescriptor(_ document: [UInt8]) throws {
    let architecture = try Architecture(json: document)
    try architecture.validate()
    let again = try Architecture(json: architecture.json())
    precondition(again == architecture, "another architecture")
    let graph = try Graph(architecture)
    precondition(
      Set(graph.parameters.map(\.name)).count == graph.parameters.count, "two parameters of one name")
  }
}
