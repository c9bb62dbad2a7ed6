import Messages
import TensorCore

/// A delta's record of the base that it differs from, FORMAT §11.1.
public struct DeltaBase: Hashable, Sendable {
  /// The content root of the base.
  public let contentRoot: [UInt8]
  /// Tensors of the merged model: those taken from the base and those that the delta stores.
  public let mergedTensorCount: Int
  /// The size of the merged model's elements in memory.
  public let mergedByteCount: Int
  /// The base's tensors that the merged model does not have, in ascending order of their bytes.
  public let dropped: [String]

  /// The base's content root as 64 hexadecimal digits.
  public var contentRootHex: String { hexadecimal(contentRoot) }

  init(contentRoot: [UInt8], mergedTensorCount: Int, mergedByteCount: Int, dropped: [String]) {
    self.contentRoot = contentRoot
    self.mergedTensorCount = mergedTensorCount
    self.mergedByteCount = mergedByteCount
    self.dropped = dropped
  }

  /// The content of the section.
  func encoded() -> [UInt8] {
    var writer = ByteWriter()
    writer.write(bytes: contentRoot)
    writer.write(UInt32(mergedTensorCount))
    writer.write(UInt32(dropped.count))
    writer.write(UInt64(mergedByteCount))
    for name in dropped {
      writer.write(UInt8(name.utf8.count))
      writer.write(bytes: name.utf8)
    }
    return writer.bytes
  }

  /// Reads the decoded section, which starts at `offset` in the file, field by field.
  init(_ content: [UInt8], at offset: UInt64) throws(CheckpointError) {
    var reader = ByteReader(content.rawBytes)
    do {
      contentRoot = try reader.readBytes(32)
      let merged: UInt32 = try reader.read()
      let droppedCount: UInt32 = try reader.read()
      let byteCount: UInt64 = try reader.read()
      guard merged <= Format.tensorCountLimit, droppedCount <= Format.tensorCountLimit,
        byteCount <= Format.mergedByteLimit
      else {
        throw CheckpointError(
          .badBase, at: offset,
          "\(merged) tensors of \(byteCount) bytes after merging and \(droppedCount) dropped are above the limits"
        )
      }
      mergedTensorCount = Int(merged)
      mergedByteCount = Int(byteCount)
      var names: [String] = []
      for _ in 0..<droppedCount {
        let count: UInt8 = try reader.read()
        let bytes = try reader.readBytes(Int(count))
        try TensorName.validate(bytes, at: offset)
        names.append(String(decoding: bytes, as: UTF8.self))
      }
      dropped = names
      try reader.expectEnd()
    } catch let error as CheckpointError {
      throw error
    } catch ByteReaderError.trailingBytes(_, let count) {
      throw CheckpointError(.badBase, at: offset, "\(count) bytes follow the end of the base section")
    } catch {
      throw CheckpointError(.badBase, at: offset, "the base section ends within a field")
    }
  }

  /// The rules of FORMAT §11.1 between the section, the header's content root and the stored tensors, which are in
  /// ascending order of their names.
  func validate(
    contentRoot own: [UInt8], tensors: [DirectoryTensor], at offset: UInt64?
  ) throws(CheckpointError) {
    guard contentRoot != own else {
      throw CheckpointError(
        .badBase, at: offset, "a delta names itself as its base: both have one content root")
    }
    let stored = tensors.reduce(0) { $0 + $1.decodedByteCount }
    guard mergedTensorCount >= tensors.count, mergedByteCount >= stored else {
      throw CheckpointError(
        .badBase, at: offset,
        """
        \(tensors.count) tensors of \(stored) bytes are stored, more than the \(mergedTensorCount) of \
        \(mergedByteCount) that the merged model is said to have
        """)
    }
    let names = Set(tensors.map(\.name))
    for (index, name) in dropped.enumerated() {
      guard !names.contains(name) else {
        throw CheckpointError(.badBase, at: offset, "tensor \(name) is both stored and dropped")
      }
      guard index > 0 else { continue }
      let previous = dropped[index - 1]
      guard previous != name else {
        throw CheckpointError(.duplicateName, at: offset, "tensor \(name) is dropped twice")
      }
      guard previous.utf8.lexicographicallyPrecedes(name.utf8) else {
        throw CheckpointError(
          .unsortedNames, at: offset, "dropped tensor \(name) must not follow \(previous)")
      }
    }
  }
}
