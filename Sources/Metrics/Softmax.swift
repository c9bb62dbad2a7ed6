import Platform

func exponential(_ x: Double) -> Double { exp(x) }

extension Span<Float> {
  /// log Σ exp(x), in double precision and without overflow.
  var logSumExp: Double {
    var largest = -Double.infinity
    for index in indices { largest = Swift.max(largest, Double(self[index])) }
    guard largest.isFinite else { return largest }
    var sum = 0.0
    for index in indices { sum += exp(Double(self[index]) - largest) }
    return largest + log(sum)
  }

  /// Indices of the `count` largest elements, the largest first, ties in order.
  func indicesOfLargest(_ count: Int) -> [Int] {
    var best: [Int] = []
    for index in indices {
      let place = best.firstIndex { self[index] > self[$0] } ?? best.count
      guard place < count else { continue }
      best.insert(index, at: place)
      if best.count > count { best.removeLast() }
    }
    return best
  }
}
