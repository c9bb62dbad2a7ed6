/// Numbers that look random and are the same every time.
package struct Noise {
  private var state: UInt64

  package init(_ seed: UInt64) { state = seed &* 0x9E37_79B9_7F4A_7C15 &+ 1 }

  /// A number from -1 to 1.
  package mutating func next() -> Float {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return Float(Int32(truncatingIfNeeded: state >> 32)) / Float(Int32.max)
  }

  package mutating func floats(_ count: Int) -> [Float] { (0..<count).map { _ in next() } }
}
