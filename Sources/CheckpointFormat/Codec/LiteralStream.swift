import CCodec

/// Deflate streams that hold literals alone, such as the top bytes of floats (FORMAT §5.2), decoded faster than a general
/// decoder can.
enum LiteralStream {
  /// Decodes `source`, if it is exactly one complete stream of literals, and fills `target` exactly.
  ///
  /// - Returns: whether it did. If not, `target` may hold anything, and a general decoder has the last word.
  /// - Complexity: linear in the number of bytes.
  static func decode(_ source: RawSpan, into target: inout MutableRawSpan) -> Bool {
    unsafe source.withUnsafeBytes { source in
      unsafe target.withUnsafeMutableBytes { target in
        unsafe rz_inflate_literals(
          source.assumingMemoryBound(to: UInt8.self).baseAddress, source.count,
          target.assumingMemoryBound(to: UInt8.self).baseAddress, target.count) != 0
      }
    }
  }
}
