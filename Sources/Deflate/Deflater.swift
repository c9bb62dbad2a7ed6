import CZlib

/// A deflate encoder that is used again and again. Not for several threads at once.
package final class Deflater {
  private let stream: RawStream

  package enum Strategy {
    /// Huffman coding alone: for exponents, which repeat in frequency but not in sequence.
    case huffmanOnly
    /// Matches too: for text and tables.
    case matches
  }

  /// - Parameter level: zlib's, 1 (fast) to 9 (small).
  package init(_ strategy: Strategy, level: Int32 = 9, _ wrapper: Inflater.Wrapper = .none) {
    // Memory level 9: the largest blocks.
    stream = unsafe RawStream(
      start: { state in
        unsafe deflateInit2_(
          state, level, Z_DEFLATED, wrapper.windowBits, 9,
          strategy == .huffmanOnly ? Z_HUFFMAN_ONLY : Z_DEFAULT_STRATEGY, ZLIB_VERSION, RawStream.stateSize)
      }, end: { unsafe deflateEnd($0) })
  }

  /// Encodes `source`, of at most 1 GiB, into the front of `target`.
  ///
  /// - Returns: the bytes written, or nil when `target` is too small.
  package func encode(_ source: RawSpan, into target: inout MutableRawSpan) -> Int? {
    unsafe stream.reset { unsafe deflateReset($0) }
    let (status, _, written) = unsafe stream.run(source, into: &target) { unsafe deflate($0, Z_FINISH) }
    return status == Z_STREAM_END ? written : nil
  }
}
