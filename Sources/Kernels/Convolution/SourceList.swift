/// Scratch that begins with the pointers through which a product kernel visits its pixels.
@safe struct SourceList {
  let sources: UnsafeMutablePointer<UnsafePointer<Float>?>
  /// The scratch after the pointers.
  let rest: UnsafeMutablePointer<Float>

  /// - Parameter scratch: aligned to 8 bytes.
  init(_ scratch: UnsafeMutablePointer<Float>, count: Int) {
    unsafe sources = UnsafeMutableRawPointer(scratch).assumingMemoryBound(to: UnsafePointer<Float>?.self)
    unsafe rest = scratch + Self.floatCount(count)
  }

  /// Floats that take as much room as so many pointers.
  static func floatCount(_ count: Int) -> Int {
    count * MemoryLayout<UInt>.stride / MemoryLayout<Float>.stride
  }
}
