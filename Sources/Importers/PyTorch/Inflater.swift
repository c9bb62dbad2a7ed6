import CZlib
import TensorCore

/// Decodes one raw deflate stream piece by piece.
@safe final class Inflater {
  private let stream: UnsafeMutablePointer<z_stream>
  private(set) var isFinished = false

  init() {
    unsafe stream = .allocate(capacity: 1)
    unsafe stream.initialize(to: z_stream())
    // Window bits below zero: no wrapper.
    let status = unsafe inflateInit2_(stream, -15, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
    precondition(status == Z_OK, "zlib cannot start: status \(status)")
  }

  deinit {
    unsafe inflateEnd(stream)
    unsafe stream.deallocate()
  }

  /// Decodes a piece of at most 1 GiB into the front of `target`.
  ///
  /// - Returns: how many bytes were read and written, or nil when the data are not sound.
  func decode(_ source: RawSpan, into target: inout MutableRawSpan) -> (read: Int, written: Int)? {
    let room = min(target.byteCount, 1 << 30)
    return unsafe source.withUnsafeBytes { source in
      unsafe target.withUnsafeMutableBytes { target in
        var nothing: UInt8 = 0
        return unsafe withUnsafeMutablePointer(to: &nothing) { nothing in
          // zlib only reads from next_in, whatever its type says; and it wants an address even for no output.
          unsafe stream.pointee.next_in = UnsafeMutablePointer(
            mutating: source.assumingMemoryBound(to: UInt8.self).baseAddress)
          unsafe stream.pointee.avail_in = UInt32(source.count)
          unsafe stream.pointee.next_out = target.assumingMemoryBound(to: UInt8.self).baseAddress ?? nothing
          unsafe stream.pointee.avail_out = UInt32(room)
          let status = unsafe inflate(stream, Z_NO_FLUSH)
          isFinished = status == Z_STREAM_END
          guard status == Z_OK || status == Z_STREAM_END || status == Z_BUF_ERROR else { return nil }
          return unsafe (source.count - Int(stream.pointee.avail_in), room - Int(stream.pointee.avail_out))
        }
      }
    }
  }
}

/// The CRC-32 of zip archives, in progress.
struct CRC32 {
  private(set) var value: UInt32 = 0

  mutating func update(_ bytes: RawSpan) {
    value = unsafe bytes.withUnsafeBytes { buffer in
      // No bytes have no address, for which zlib would give the checksum's start.
      guard let base = unsafe buffer.assumingMemoryBound(to: UInt8.self).baseAddress else { return value }
      return unsafe UInt32(truncatingIfNeeded: crc32_z(UInt(value), base, buffer.count))
    }
  }
}
