extension ValidationResult {
  /// The wrong answers of the highest probability, the highest first; those of equal probability in the order of the set.
  ///
  /// - Complexity: O(n log n) for n answers.
  func mostConfidentMistakes(_ limit: Int) -> [Answer] {
    let wrong = answers.indices.filter { answers[$0].predicted != answers[$0].label }
    let sorted = wrong.sorted {
      let (a, b) = (answers[$0].probability, answers[$1].probability)
      return a == b ? $0 < $1 : a > b
    }
    return sorted.prefix(limit).map { answers[$0] }
  }

  /// A class and what its images were called instead.
  struct Confusion: Hashable {
    var label: Int
    var predicted: Int
    var count: Int
  }

  /// The most frequent confusions, the most frequent first, ties in the order of the classes.
  func mostFrequentConfusions(_ limit: Int) -> [Confusion] {
    var found: [Confusion] = []
    for (label, row) in confusion.enumerated() {
      for (predicted, count) in row.enumerated() where predicted != label && count > 0 {
        found.append(Confusion(label: label, predicted: predicted, count: count))
      }
    }
    return Array(
      found.sorted {
        ($1.count, $0.label, $0.predicted) < ($0.count, $1.label, $1.predicted)
      }.prefix(limit))
  }

  /// The classes with the most mistakes, as sources or as targets of confusions, in the order of the classes.
  func mostConfusedClasses(_ limit: Int) -> [Int] {
    var mistakes = [Int](repeating: 0, count: confusion.count)
    for (label, row) in confusion.enumerated() {
      for (predicted, count) in row.enumerated() where predicted != label {
        mistakes[label] += count
        if mistakes.indices.contains(predicted) { mistakes[predicted] += count }
      }
    }
    let sorted = mistakes.indices.sorted { (mistakes[$1], $0) < (mistakes[$0], $1) }
    return sorted.prefix(limit).sorted()
  }
}
