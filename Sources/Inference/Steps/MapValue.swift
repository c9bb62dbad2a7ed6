package import Kernels

/// A node's value in one of the forms in which memory can hold it.
package struct MapValue: Hashable, Sendable {
  package enum Form: Hashable, Sendable {
    /// Floats.
    case floats
    /// Floats before they are rounded to the bytes of a quantized map; nothing but the rounding reads them.
    case unrounded
    /// Bytes.
    case bytes(ByteScale)
  }

  package let node: Int
  package let form: Form

  /// Floats that take as much memory as so many numbers of the map.
  func floats(of numbers: Int) -> Int {
    let perFloat = MemoryLayout<Float>.stride
    return if case .bytes = form { (numbers + perFloat - 1) / perFloat } else { numbers }
  }
}
