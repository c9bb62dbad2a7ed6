extension Array<UInt8> {
  /// The elements as raw bytes.
  package var rawBytes: RawSpan {
    @_lifetime(borrow self)
    get {
      // A `UInt8` has no padding.
      let bytes = unsafe span.bytes
      // As AlignedBuffer explains.
      return unsafe _overrideLifetime(bytes, borrowing: self)
    }
  }

  /// A copy of raw bytes.
  package init(copying bytes: RawSpan) {
    self = unsafe bytes.withUnsafeBytes { unsafe Array($0) }
  }
}

extension MutableRawSpan {
  /// Overwrites all bytes with those of `source`.
  ///
  /// - Precondition: the counts are equal.
  @_lifetime(self: copy self)
  package mutating func copy(from source: RawSpan) {
    precondition(byteCount == source.byteCount, "\(source.byteCount) bytes copied to \(byteCount)")
    unsafe withUnsafeMutableBytes { target in
      unsafe source.withUnsafeBytes { unsafe target.copyMemory(from: $0) }
    }
  }
}
