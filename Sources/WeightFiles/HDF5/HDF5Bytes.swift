import Files
import Messages

/// The bytes of an HDF5 file, which may lie within another one; every read is compared with its extent, and all reads together
/// with a multiple of it, so that structures that lead to each other end.
final class HDF5Bytes {
  let file: InputFile
  /// The part of the file that addresses count from.
  let range: Range<Int>
  /// Bytes that may still be read.
  private var budget: Int
  /// The objects of the heaps of texts that were read, by address and number.
  var heaps: [Int: [Int: ArraySlice<UInt8>]] = [:]

  /// The most bytes of one structure, and of all together; a file may have any size without having bytes.
  private static let (structureLimit, totalLimit) = (16 << 20, 256 << 20)

  init(file: InputFile, range: Range<Int>) {
    self.file = file
    self.range = range
    budget = min(range.count, Self.totalLimit) + (2 << 20)
  }

  /// An address that leads nowhere.
  static let undefined = UInt64.max

  func fault(_ message: String, at address: Int = 0) -> WeightFileError {
    WeightFileError(.malformedHeader, file: file.path, "HDF5, at byte \(address): \(message)")
  }

  /// The bytes at an address.
  func bytes(at address: Int, count: Int) throws(WeightFileError) -> [UInt8] {
    guard address >= 0, count >= 0, address <= range.count, count <= range.count - address else {
      throw WeightFileError(
        .truncated, file: file.path,
        "HDF5: \(count) bytes at byte \(address), but the file has \(range.count)")
    }
    guard count <= Self.structureLimit else {
      throw fault("a structure of \(count) bytes; at most \(Self.structureLimit) are read", at: address)
    }
    try charge(count, at: address)
    let start = range.lowerBound + address
    return try file.array(in: start..<(start + count))
  }

  /// Counts bytes that come from an address once more: all together are about as many as the file has.
  func charge(_ count: Int, at address: Int) throws(WeightFileError) {
    budget -= count + 16
    guard budget > 0 else { throw fault("structures that lead to each other", at: address) }
  }

  /// A cursor over the bytes at an address.
  func cursor(at address: Int, count: Int) throws(WeightFileError) -> ByteCursor {
    ByteCursor(try bytes(at: address, count: count), path: file.path, fileSize: file.size)
  }
}

extension ByteCursor {
  /// An address, or a length of 8 bytes.
  func hdf5Address() throws(WeightFileError) -> Int { try count(UInt64.self) }
}
