/// Images counted by their class and by the class that a network predicted.
public struct ConfusionMatrix: Hashable, Sendable {
  /// Images by [class][predicted class].
  public private(set) var counts: [[Int]]

  /// A matrix of zeros.
  ///
  /// - Parameters:
  ///   - classes: the number of rows.
  ///   - predictions: the number of columns; as many as rows by default.
  public init(classes: Int, predictions: Int? = nil) {
    counts = Array(repeating: Array(repeating: 0, count: predictions ?? classes), count: classes)
  }

  /// A matrix from its numbers.
  public init(counts: [[Int]]) {
    self.counts = counts
  }

  /// Counts an image.
  ///
  /// - Precondition: there are such a row and such a column.
  public mutating func add(_ label: Int, predicted: Int) {
    counts[label][predicted] += 1
  }

  /// The metrics of each class.
  ///
  /// - Parameters:
  ///   - labels: the names of the classes, one for each row.
  ///   - indices: the column of each class; its row's by default.
  /// - Complexity: O(numbers of the matrix).
  public func classMetrics(labels: [String], indices: [Int]? = nil) -> [ClassMetrics] {
    labels.indices.map { row in
      let index = indices?[row] ?? row
      let counts = ClassCounts(
        support: counts[row].reduce(0, +), predicted: self.counts.reduce(0) { $0 + $1[index] },
        correct: counts[row][index])
      return ClassMetrics(label: labels[row], index: index, counts)
    }
  }

  /// A class and another one that its images were taken for.
  package struct Confusion: Hashable, Sendable {
    package var label: Int
    package var predicted: Int
    package var count: Int

    package init(label: Int, predicted: Int, count: Int) {
      self.label = label
      self.predicted = predicted
      self.count = count
    }
  }

  /// The most frequent confusions, the most frequent first, equal ones in the order of the classes.
  package func mostFrequentConfusions(_ limit: Int) -> [Confusion] {
    var found: [Confusion] = []
    for (label, row) in counts.enumerated() {
      for (predicted, count) in row.enumerated() where predicted != label && count > 0 {
        found.append(Confusion(label: label, predicted: predicted, count: count))
      }
    }
    return Array(
      found.sorted {
        ($1.count, $0.label, $0.predicted) < ($0.count, $1.label, $1.predicted)
      }.prefix(limit))
  }

  /// The classes with the most mistakes, as an image's own class or as the predicted one, in the order of the classes.
  package func mostConfusedClasses(_ limit: Int) -> [Int] {
    var mistakes = [Int](repeating: 0, count: counts.count)
    for (label, row) in counts.enumerated() {
      for (predicted, count) in row.enumerated() where predicted != label {
        mistakes[label] += count
        if mistakes.indices.contains(predicted) { mistakes[predicted] += count }
      }
    }
    let sorted = mistakes.indices.sorted { (mistakes[$1], $0) < (mistakes[$0], $1) }
    return sorted.prefix(limit).sorted()
  }
}
