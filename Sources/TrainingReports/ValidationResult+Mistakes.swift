import Training

extension ValidationResult {
  /// The wrong answers of the highest probability, the highest first; equal ones in the order of the set.
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
}
