import CBytes

/// A CRC-32C (Castagnoli) checksum in progress: bytes go in piece by piece, ``value`` is that of all so far.
public struct CRC32C: Hashable, Sendable {
  /// The checksum of the bytes so far; 0 when there were none.
  public private(set) var value: UInt32 = 0

  /// The checksum of no bytes.
  public init() {}

  /// Appends bytes.
  ///
  /// - Complexity: linear in the number of bytes.
  public mutating func update(_ bytes: RawSpan) {
    value = unsafe bytes.withUnsafeBytes { buffer in
      unsafe rz_crc32c(value, buffer.assumingMemoryBound(to: UInt8.self).baseAddress, buffer.count)
    }
  }

  /// The checksum of `bytes`.
  public static func checksum(of bytes: RawSpan) -> UInt32 {
    var sum = CRC32C()
    sum.update(bytes)
    return sum.value
  }

  /// Which implementation runs on this machine: `sse4.2`, `armv8` or `portable`.
  public static var implementation: String { unsafe String(cString: rz_crc32c_form()) }

  /// The same checksum by the table method, which runs everywhere.
  package static func portableChecksum(of bytes: RawSpan) -> UInt32 {
    unsafe bytes.withUnsafeBytes { buffer in
      unsafe rz_crc32c__portable(0, buffer.assumingMemoryBound(to: UInt8.self).baseAddress, buffer.count)
    }
  }
}
