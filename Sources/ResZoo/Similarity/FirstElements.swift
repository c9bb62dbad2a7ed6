/// The first few of many elements in their order, which come in any order: a heap with the last of those kept at its root.
struct FirstElements<Element: Comparable> {
  private var heap: [Element] = []
  private let limit: Int

  /// - Parameter limit: how many are kept.
  init(limit: Int) {
    self.limit = limit
  }

  /// The element that the next better one replaces; nil as long as there is room for any.
  var last: Element? { heap.count < limit ? nil : heap.first }

  /// The elements in order.
  var sorted: [Element] { heap.sorted() }

  /// Keeps an element if it is among the first.
  ///
  /// - Complexity: O(log limit).
  mutating func insert(_ element: Element) {
    if heap.count < limit {
      heap.append(element)
      rise(from: heap.count - 1)
    } else if limit > 0, element < heap[0] {
      heap[0] = element
      sink()
    }
  }

  mutating func insert(_ others: FirstElements) {
    for element in others.heap { insert(element) }
  }

  private mutating func rise(from place: Int) {
    var place = place
    while place > 0 {
      let parent = (place - 1) / 2
      guard heap[parent] < heap[place] else { return }
      heap.swapAt(parent, place)
      place = parent
    }
  }

  private mutating func sink() {
    var place = 0
    while true {
      var greatest = place
      for child in [2 * place + 1, 2 * place + 2] where child < heap.count && heap[greatest] < heap[child] {
        greatest = child
      }
      guard greatest != place else { return }
      heap.swapAt(greatest, place)
      place = greatest
    }
  }
}
