/// Bytes in memory that others may hold too. They stay as they are, and where they are, as long as this value.
package protocol SharedBytes: AnyObject, Sendable {
  /// The address of the first byte, a multiple of ``AlignedBuffer/alignment``.
  var start: UnsafeRawPointer { get }
}

/// A place that lends bytes of which the machine holds one copy for all processes.
package protocol ByteSharing: Sendable {
  /// Bytes equal to those that are given, in shared memory.
  ///
  /// - Returns: nil where they cannot be shared, or not worth it; the caller keeps its own.
  func shared(_ bytes: RawSpan) -> (any SharedBytes)?
}
