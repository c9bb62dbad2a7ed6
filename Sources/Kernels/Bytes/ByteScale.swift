/// The meaning of a map of bytes: byte q stands for `scale` · (q − `zero`).
package struct ByteScale: Hashable, Sendable {
  package var scale: Float
  package var zero: UInt8

  package init(scale: Float, zero: UInt8) {
    self.scale = scale
    self.zero = zero
  }

  /// A number times the factor plus the shift is its byte, once it is rounded.
  var factor: Float { Float(1 / Double(scale)) }
  var shift: Float { Float(zero) }
}
