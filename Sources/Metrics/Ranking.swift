extension Span where Element: Comparable {
  /// The index of the largest element, the first of several.
  package var indexOfLargest: Int {
    var best = 0
    for index in indices where self[index] > self[best] { best = index }
    return best
  }

  /// The indices of the `count` largest elements, the largest first, equal ones in their order.
  ///
  /// - Complexity: O(elements · count).
  package func indicesOfLargest(_ count: Int) -> [Int] {
    var best: [Int] = []
    for index in indices {
      let place = best.firstIndex { self[index] > self[$0] } ?? best.count
      guard place < count else { continue }
      best.insert(index, at: place)
      if best.count > count { best.removeLast() }
    }
    return best
  }

  /// The number of elements that come before one when the largest is first and equal ones keep their order.
  package func rank(of index: Int) -> Int {
    var rank = 0
    for other in indices {
      let isAhead = self[other] > self[index] || (self[other] == self[index] && other < index)
      if isAhead { rank += 1 }
    }
    return rank
  }
}
