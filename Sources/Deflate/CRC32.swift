import CZlib

/// The CRC-32 of zip archives, in progress.
package struct CRC32 {
  package private(set) var value: UInt32 = 0

  package init() {}

  package mutating func update(_ bytes: RawSpan) {
    value = unsafe bytes.withUnsafeBytes { buffer in
      // No bytes have no address, for which zlib would give the checksum's start.
      guard let base = unsafe buffer.assumingMemoryBound(to: UInt8.self).baseAddress else { return value }
      return unsafe UInt32(truncatingIfNeeded: crc32_z(UInt(value), base, buffer.count))
    }
  }
}
