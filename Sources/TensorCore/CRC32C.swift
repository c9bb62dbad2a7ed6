import CBytes

/// A CRC-32C (Castagnoli) checksum in progress: bytes go in piece by piece, ``value`` is that of all so far.
package struct CRC32C: Hashable, Sendable {
  /// The checksum of the bytes so far; 0 when there were none.
  package private(set) var value: UInt32 = 0

  /// The checksum of no bytes.
  package init() {}

  /// Appends bytes.
  ///
  /// - Complexity: linear in the number of bytes.
  package mutating func update(_ bytes: RawSpan) {
    value = unsafe bytes.withUnsafeBytes { buffer in
      unsafe rz_crc32c(value, buffer.assumingMemoryBound(to: UInt8.self).baseAddress, buffer.count)
    }
  }

  /// The checksum of `bytes`.
  package static func checksum(of bytes: RawSpan) -> UInt32 {
    var sum = CRC32C()
    sum.update(bytes)
    return sum.value
  }

  /// The checksum of `bytes`.
  package static func checksum(of bytes: [UInt8]) -> UInt32 {
    checksum(of: bytes.rawBytes)
  }

  /// The names of the implementations that run on this machine; the first is the one in use.
  package static var forms: [String] {
    (0..<rz_crc32c_form_count()).map { unsafe String(cString: rz_crc32c_form_name($0)) }
  }

  /// The checksum of `bytes` by one of ``forms``.
  ///
  /// - Precondition: `form` is an index of ``forms``.
  package static func checksum(of bytes: RawSpan, form: Int) -> UInt32 {
    precondition(form >= 0 && form < rz_crc32c_form_count(), "there is no form \(form) of CRC-32C")
    return unsafe bytes.withUnsafeBytes { buffer in
      unsafe rz_crc32c_by_form(
        form, 0, buffer.assumingMemoryBound(to: UInt8.self).baseAddress, buffer.count)
    }
  }
}
