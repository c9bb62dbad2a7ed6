import CZlib
import TensorCore

/// A raw deflate encoder that is used again and again. Not for several threads at once.
@safe final class Deflater {
  private let stream: UnsafeMutablePointer<z_stream>

  enum Strategy {
    /// Huffman coding alone: for exponents, which repeat in frequency but not in sequence.
    case huffmanOnly
    /// Matches too: for text and tables.
    case matches
  }

  init(_ strategy: Strategy) {
    unsafe stream = .allocate(capacity: 1)
    unsafe stream.initialize(to: z_stream())
    // Window bits below zero: no wrapper. Memory level 9: the largest blocks.
    let status = unsafe deflateInit2_(
      stream, 9, Z_DEFLATED, -15, 9, strategy == .huffmanOnly ? Z_HUFFMAN_ONLY : Z_DEFAULT_STRATEGY,
      ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
    precondition(status == Z_OK, "zlib cannot start: status \(status)")
  }

  deinit {
    unsafe deflateEnd(stream)
    unsafe stream.deallocate()
  }

  /// Encodes `source` into the front of `target`.
  ///
  /// - Returns: the bytes written, or nil when `target` is too small.
  func encode(_ source: RawSpan, into target: inout MutableRawSpan) -> Int? {
    unsafe deflateReset(stream)
    return unsafe source.withUnsafeBytes { source in
      unsafe target.withUnsafeMutableBytes { target in
        // zlib only reads from next_in, whatever its type says.
        unsafe stream.pointee.next_in = UnsafeMutablePointer(
          mutating: source.assumingMemoryBound(to: UInt8.self).baseAddress)
        unsafe stream.pointee.avail_in = UInt32(source.count)
        unsafe stream.pointee.next_out = target.assumingMemoryBound(to: UInt8.self).baseAddress
        unsafe stream.pointee.avail_out = UInt32(target.count)
        guard unsafe deflate(stream, Z_FINISH) == Z_STREAM_END else { return nil }
        return unsafe target.count - Int(stream.pointee.avail_out)
      }
    }
  }
}

/// A raw deflate decoder that is used again and again. Not for several threads at once.
@safe final class Inflater {
  private let stream: UnsafeMutablePointer<z_stream>

  init() {
    unsafe stream = .allocate(capacity: 1)
    unsafe stream.initialize(to: z_stream())
    let status = unsafe inflateInit2_(stream, -15, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
    precondition(status == Z_OK, "zlib cannot start: status \(status)")
  }

  deinit {
    unsafe inflateEnd(stream)
    unsafe stream.deallocate()
  }

  /// Decodes `source`, which must be one complete stream and nothing more, and fill `target` exactly.
  ///
  /// - Returns: what is wrong with the stream, or nil when all is well.
  func decode(_ source: RawSpan, into target: inout MutableRawSpan) -> String? {
    unsafe inflateReset(stream)
    return unsafe source.withUnsafeBytes { source in
      unsafe target.withUnsafeMutableBytes { target in
        var nothing: UInt8 = 0
        return unsafe withUnsafeMutablePointer(to: &nothing) { nothing in
          // zlib only reads from next_in, whatever its type says; and it wants an address even for no output.
          unsafe stream.pointee.next_in = UnsafeMutablePointer(
            mutating: source.assumingMemoryBound(to: UInt8.self).baseAddress)
          unsafe stream.pointee.avail_in = UInt32(source.count)
          unsafe stream.pointee.next_out = target.assumingMemoryBound(to: UInt8.self).baseAddress ?? nothing
          unsafe stream.pointee.avail_out = UInt32(target.count)
          let status = unsafe inflate(stream, Z_FINISH)
          let unread = unsafe stream.pointee.avail_in
          let missing = unsafe stream.pointee.avail_out
          switch status {
          case Z_STREAM_END where missing > 0: return "it ends \(missing) bytes short of \(target.count)"
          case Z_STREAM_END where unread > 0: return "\(unread) bytes follow its end"
          case Z_STREAM_END: return nil
          case Z_BUF_ERROR where unread == 0: return "it breaks off"
          case Z_BUF_ERROR, Z_OK: return "it goes on beyond \(target.count) bytes"
          default: return "it is not valid deflate data"
          }
        }
      }
    }
  }
}
