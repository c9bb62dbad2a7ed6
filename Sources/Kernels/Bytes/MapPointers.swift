extension UnsafePointer<Float> {
  /// The same memory, which holds a map of bytes.
  var bytes: UnsafePointer<UInt8> { unsafe UnsafeRawPointer(self).assumingMemoryBound(to: UInt8.self) }
}

extension UnsafeMutablePointer<Float> {
  /// The same memory, which holds a map of bytes.
  var bytes: UnsafeMutablePointer<UInt8> {
    unsafe UnsafeMutableRawPointer(self).assumingMemoryBound(to: UInt8.self)
  }
}
