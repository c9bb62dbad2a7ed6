import CZlib

/// A decoder of deflate data. Not for several threads at once.
///
/// One that decodes whole streams is used again and again; one that decodes a stream piece by piece is for that stream.
package final class Inflater {
  private let stream: RawStream
  /// True when the stream that is decoded piece by piece has ended.
  package private(set) var isFinished = false

  /// What stands around the data.
  package enum Wrapper {
    /// Nothing, as in zip archives.
    case none
    /// zlib's header, and a checksum that is compared.
    case zlib
    /// gzip's header, and a checksum that is compared.
    case gzip

    /// Window bits as zlib has them for the wrapper.
    var windowBits: Int32 {
      switch self {
      case .none: RawStream.windowBits
      case .zlib: -RawStream.windowBits
      case .gzip: 16 - RawStream.windowBits
      }
    }
  }

  package init(_ wrapper: Wrapper = .none) {
    stream = unsafe RawStream(
      start: { unsafe inflateInit2_($0, wrapper.windowBits, ZLIB_VERSION, RawStream.stateSize) },
      end: { unsafe inflateEnd($0) })
  }

  /// Decodes `source`, which must be one complete stream of at most 1 GiB and nothing more, and fills `target` exactly.
  ///
  /// - Returns: what is wrong with the stream, or nil when all is well.
  package func decode(_ source: RawSpan, into target: inout MutableRawSpan) -> String? {
    unsafe stream.reset { unsafe inflateReset($0) }
    let (status, read, written) = unsafe stream.run(source, into: &target) { unsafe inflate($0, Z_FINISH) }
    let (unread, missing) = (source.byteCount - read, target.byteCount - written)
    switch status {
    case Z_STREAM_END where missing > 0: return "it ends \(missing) bytes short of \(target.byteCount)"
    case Z_STREAM_END where unread > 0: return "\(unread) bytes follow its end"
    case Z_STREAM_END: return nil
    case Z_BUF_ERROR where unread == 0: return "it breaks off"
    case Z_BUF_ERROR, Z_OK: return "it goes on beyond \(target.byteCount) bytes"
    default: return "it is not valid deflate data"
    }
  }

  /// Decodes the next piece of a stream, of at most 1 GiB, into the front of `target`.
  ///
  /// - Returns: how many bytes were read and written, or nil when the data are not sound.
  package func decode(
    piece: RawSpan, into target: inout MutableRawSpan
  ) -> (read: Int, written: Int)? {
    let (status, read, written) = unsafe stream.run(piece, into: &target) { unsafe inflate($0, Z_NO_FLUSH) }
    isFinished = status == Z_STREAM_END
    guard status == Z_OK || status == Z_STREAM_END || status == Z_BUF_ERROR else { return nil }
    return (read, written)
  }
}
