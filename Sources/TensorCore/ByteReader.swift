/// The fault that stopped a ``ByteReader``.
package enum ByteReaderError: Error, Hashable, Sendable {
  /// `needed` bytes were asked for at `position`, where only `available` are left.
  case endOfInput(position: Int, needed: Int, available: Int)
  /// `count` bytes are left at `position`, where none should be.
  case trailingBytes(position: Int, count: Int)
}

/// Consumes little-endian fields from the front of a span. Nothing here computes an address.
package struct ByteReader: ~Escapable {
  private var rest: RawSpan
  private let total: Int

  /// A reader at the start of `bytes`.
  @_lifetime(copy bytes)
  package init(_ bytes: RawSpan) {
    rest = bytes
    total = bytes.byteCount
  }

  /// The number of bytes consumed so far.
  package var position: Int { total - rest.byteCount }

  /// The number of bytes left.
  package var remaining: Int { rest.byteCount }

  /// Consumes one integer.
  @_lifetime(self: copy self)
  package mutating func read<T: FixedWidthInteger & BitwiseCopyable>(
    _: T.Type = T.self
  ) throws(ByteReaderError) -> T {
    let field = try take(MemoryLayout<T>.size)
    // Every bit pattern is a value of a fixed-width integer, and `field` has exactly its size.
    return unsafe T(littleEndian: field.unsafeLoadUnaligned(as: T.self))
  }

  /// Consumes `count` bytes and copies them.
  @_lifetime(self: copy self)
  package mutating func readBytes(_ count: Int) throws(ByteReaderError) -> [UInt8] {
    Array(copying: try take(count))
  }

  /// Consumes `count` bytes and lends them.
  @_lifetime(copy self)
  @_lifetime(self: copy self)
  package mutating func take(_ count: Int) throws(ByteReaderError) -> RawSpan {
    guard count >= 0, count <= rest.byteCount else {
      throw .endOfInput(position: position, needed: count, available: rest.byteCount)
    }
    let field = rest.extracting(first: count)
    rest = rest.extracting(droppingFirst: count)
    return field
  }

  /// Ends the reading.
  ///
  /// - Throws: ``ByteReaderError/trailingBytes(position:count:)`` when something is left.
  package consuming func expectEnd() throws(ByteReaderError) {
    guard rest.byteCount == 0 else {
      throw .trailingBytes(position: position, count: rest.byteCount)
    }
  }
}
