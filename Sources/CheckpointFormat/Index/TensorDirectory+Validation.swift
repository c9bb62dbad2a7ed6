import TensorCore

/// The rules for names, FORMAT §4.1.
enum TensorName {
  static func validate(_ bytes: [UInt8], at offset: UInt64?) throws(CheckpointError) {
    guard !bytes.isEmpty, bytes.count <= Format.nameLimit else {
      throw CheckpointError(
        .badName, at: offset,
        "a tensor name of \(bytes.count) bytes, where 1 to \(Format.nameLimit) are allowed")
    }
    let dot = UInt8(ascii: ".")
    var previous = dot
    for byte in bytes {
      let isAllowed =
        (0x21...0x7E).contains(byte) && byte != UInt8(ascii: "\"") && byte != UInt8(ascii: "\\")
      guard isAllowed else {
        throw CheckpointError(
          .badName, at: offset, "a tensor name contains the byte \(byte): \(printable(bytes))")
      }
      guard byte != dot || previous != dot else {
        throw CheckpointError(.badName, at: offset, "a tensor name has an empty part: \(printable(bytes))")
      }
      previous = byte
    }
    guard previous != dot else {
      throw CheckpointError(.badName, at: offset, "a tensor name has an empty part: \(printable(bytes))")
    }
  }

  /// The name with every byte that could disturb a terminal replaced.
  static func printable(_ bytes: [UInt8]) -> String {
    String(decoding: bytes.map { (0x20...0x7E).contains($0) ? $0 : UInt8(ascii: "?") }, as: UTF8.self)
  }
}

extension TensorDirectory {
  /// A shape whose extents stay within FORMAT §4.
  static func shape(_ extents: [Int], of name: String, at offset: UInt64?) throws(CheckpointError) -> Shape {
    var product: UInt64 = 1
    for extent in extents where extent != 0 {
      let (next, overflow) = product.multipliedReportingOverflow(by: UInt64(extent))
      guard !overflow, next <= Format.tensorByteLimit else {
        throw CheckpointError(
          .shapeOverflow, at: offset, "tensor \(name) with extents \(extents) has more than 2^40 elements")
      }
      product = next
    }
    return Shape(extents)
  }

  /// Refuses scales for each outermost index where there is no such dimension, FORMAT §4.3.
  static func requireRank(
    _ rank: Int, for type: ElementType, of name: String, at offset: UInt64?
  ) throws(CheckpointError) {
    guard type != .int8 || rank > 0 else {
      throw CheckpointError(
        .badDirectory, at: offset, "tensor \(name) is a scalar, which type \(type.rawValue) cannot be")
    }
  }

  /// The limit of FORMAT §4 on the number of tensors.
  static func require(count: Int, at offset: UInt64?) throws(CheckpointError) {
    guard count <= Format.tensorCountLimit else {
      throw CheckpointError(
        .badDirectory, at: offset, "\(count) tensors, where at most \(Format.tensorCountLimit) are allowed")
    }
  }

  /// The rules of FORMAT §4 that go beyond a single field. `fileLength` is nil while the file is not written
  /// yet, or when the tensors may take any size.
  func validate(at offset: UInt64?, fileLength: UInt64?) throws(CheckpointError) {
    guard Format.chunkExponentRange.contains(chunkExponent) else {
      throw CheckpointError(
        .badDirectory, at: offset,
        "a chunk exponent of \(chunkExponent), outside \(Format.chunkExponentRange)")
    }
    try Self.require(count: tensors.count, at: offset)
    var total: UInt64 = 0
    for (index, tensor) in tensors.enumerated() {
      // At most 2^15 lengths of at most 2^43 bytes; those of i8 are at most 5 · 2^40.
      total += UInt64(tensor.decodedByteCount)
      guard index > 0 else { continue }
      let previous = tensors[index - 1].name
      guard previous != tensor.name else {
        throw CheckpointError(.duplicateName, at: offset, "tensor \(tensor.name) occurs twice")
      }
      guard previous.utf8.lexicographicallyPrecedes(tensor.name.utf8) else {
        throw CheckpointError(.unsortedNames, at: offset, "tensor \(tensor.name) must not follow \(previous)")
      }
    }
    guard let fileLength else { return }
    let limit = Format.decodedLimit(fileLength: fileLength)
    guard total <= limit else {
      throw CheckpointError(
        .decodedSizeRefused, at: offset,
        "the tensors are said to take \(total) bytes, more than the \(limit) allowed for a file of \(fileLength)"
      )
    }
  }
}
