extension Tensor {
  /// Floats that depend on the seed alone: multiples of 2^-22 between -2 and 2, so that nothing is rounded (NETWORK §6.2).
  package static func noise(seed: UInt64, shape: Shape) -> Tensor {
    var generator = SplitMix64(seed: seed)
    var values = AlignedBuffer(floatCount: shape.elementCount, uninitialized: true)
    var span = values.mutableFloats
    for index in span.indices { span[index] = 4 * generator.nextUniform() - 2 }
    return Tensor(shape: shape, elementType: .float32, buffer: values)
  }
}

extension MutableSpan<Float> {
  /// Fills the span with numbers between -1 and 1 that depend on `number` alone and cost next to nothing, as input for a
  /// measurement (Numerical Recipes' linear congruential generator).
  @_lifetime(self: copy self)
  package mutating func fillWithNoise(_ number: Int) {
    var state = UInt32(truncatingIfNeeded: number &+ 1)
    for index in indices {
      state = state &* 1_664_525 &+ 1_013_904_223
      self[index] = Float(Int32(bitPattern: state)) * 0x1p-31
    }
  }
}
