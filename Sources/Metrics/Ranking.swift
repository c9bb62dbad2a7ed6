/// The most of the largest elements for which insertion is faster than sorting all.
private let fewLargest = 32

extension Span where Element: Comparable {
  /// The index of the largest element, the first of several.
  package var indexOfLargest: Int {
    var best = 0
    for index in indices where self[index] > self[best] { best = index }
    return best
  }

  /// The indices of the `count` largest elements, the largest first, equal ones in their order.
  ///
  /// - Complexity: O(elements · log elements), or O(elements · count) if `count` is small.
  package func indicesOfLargest(_ count: Int) -> [Int] {
    guard count <= fewLargest else {
      var elements: [Element] = []
      elements.reserveCapacity(self.count)
      for index in indices { elements.append(self[index]) }
      let sorted = elements.indices.sorted { one, other in
        if elements[one] > elements[other] { return true }
        if elements[other] > elements[one] { return false }
        return one < other
      }
      return Array(sorted.prefix(count))
    }
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
    let element = self[index]
    var rank = 0
    for other in 0..<index where self[other] >= element { rank += 1 }
    for other in index..<count where self[other] > element { rank += 1 }
    return rank
  }
}
