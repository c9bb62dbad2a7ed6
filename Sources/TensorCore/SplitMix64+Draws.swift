extension SplitMix64 {
  /// The generator of one of many things that share a seed; the numbers of two of them have nothing in common.
  package init(seed: UInt64, _ first: Int, _ second: Int) {
    self.init(seed: seed)
    self.init(seed: next() ^ UInt64(bitPattern: Int64(first)))
    self.init(seed: next() ^ UInt64(bitPattern: Int64(second)))
    self.init(seed: next())
  }

  /// A whole number from 0 up to `bound`, which it does not reach; all are equally likely.
  ///
  /// - Precondition: `bound` is positive.
  package mutating func next(below bound: Int) -> Int {
    precondition(bound > 0, "a number below \(bound)")
    // Lemire's multiplication, with the few low products drawn again that would favour some numbers.
    let bound = UInt64(bound)
    var product = bound.multipliedFullWidth(by: next())
    let threshold = (0 &- bound) % bound
    while product.low < threshold { product = bound.multipliedFullWidth(by: next()) }
    return Int(product.high)
  }

  /// A number from 0 up to 1, which it does not reach, with all the bits of a `Double`.
  package mutating func nextDouble() -> Double {
    Double(next() >> 11) * 0x1p-53
  }

  /// A number from the range; its upper bound counts as reached.
  package mutating func next(in range: ClosedRange<Double>) -> Double {
    range.lowerBound + (range.upperBound - range.lowerBound) * nextDouble()
  }

  /// Puts the elements into an order of which all are equally likely (Fisher and Yates).
  package mutating func shuffle<Elements: MutableCollection & RandomAccessCollection>(
    _ elements: inout Elements
  ) where Elements.Index == Int {
    var left = elements.count
    while left > 1 {
      let chosen = next(below: left)
      left -= 1
      elements.swapAt(elements.startIndex + left, elements.startIndex + chosen)
    }
  }
}
