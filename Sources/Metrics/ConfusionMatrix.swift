/// Images counted by their class and by the class that a network predicted.
///
/// Only numbers above 0 take memory, so that there may be any number of classes.
public struct ConfusionMatrix: Hashable, Sendable {
  /// The number of rows, the classes of images.
  public let rowCount: Int
  /// The number of columns, the predicted classes.
  public let columnCount: Int
  /// The numbers above 0 by `row · columnCount + column`.
  private var cells: [Int: Int] = [:]

  /// A matrix of zeros.
  ///
  /// - Parameters:
  ///   - classes: the number of rows.
  ///   - predictions: the number of columns; as many as rows by default.
  public init(classes: Int, predictions: Int? = nil) {
    rowCount = classes
    columnCount = predictions ?? classes
  }

  /// A matrix from its numbers, rows of one length.
  public init(counts: [[Int]]) {
    self.init(classes: counts.count, predictions: counts.first?.count ?? 0)
    for (row, line) in counts.enumerated() {
      for (column, count) in line.enumerated() where count > 0 { cells[place(row, column)] = count }
    }
  }

  /// Images by [class][predicted class].
  ///
  /// - Complexity: O(rows · columns) in time and memory.
  public var counts: [[Int]] {
    var counts = Array(repeating: [Int](repeating: 0, count: columnCount), count: rowCount)
    for cell in nonzero { counts[cell.label][cell.predicted] = cell.count }
    return counts
  }

  /// The number of images of a class that were predicted as another one, or as their own.
  public subscript(label: Int, predicted: Int) -> Int { cells[place(label, predicted)] ?? 0 }

  /// Counts an image.
  ///
  /// - Precondition: there are such a row and such a column.
  public mutating func add(_ label: Int, predicted: Int) {
    cells[place(label, predicted), default: 0] += 1
  }

  private func place(_ row: Int, _ column: Int) -> Int {
    precondition(
      (0..<rowCount).contains(row) && (0..<columnCount).contains(column),
      "no row \(row) and column \(column) in a matrix of \(rowCount) × \(columnCount)")
    return row * columnCount + column
  }

  /// The numbers above 0, in no order.
  package var nonzero: some Collection<Confusion> {
    cells.lazy.map {
      Confusion(label: $0.key / columnCount, predicted: $0.key % columnCount, count: $0.value)
    }
  }

  /// The matrix with some of its columns, in this order, and with rows of zeros below where there are fewer rows than these.
  ///
  /// - Precondition: every column of a number above 0 is among them, none twice.
  package func square(columns: [Int]) -> ConfusionMatrix {
    var square = ConfusionMatrix(classes: max(rowCount, columns.count), predictions: columns.count)
    var places = [Int: Int](minimumCapacity: columns.count)
    for (place, column) in columns.enumerated() { places[column] = place }
    for cell in nonzero {
      guard let column = places[cell.predicted] else { preconditionFailure("no column \(cell.predicted)") }
      square.cells[square.place(cell.label, column)] = cell.count
    }
    return square
  }

  /// The sums of rows and of columns: the images of each class, and those predicted as it.
  func sums() -> (rows: [Int], columns: [Int]) {
    var rows = [Int](repeating: 0, count: rowCount)
    var columns = [Int](repeating: 0, count: columnCount)
    for cell in nonzero {
      rows[cell.label] += cell.count
      columns[cell.predicted] += cell.count
    }
    return (rows, columns)
  }

  /// The number of images of each class.
  package var rowSums: [Int] { sums().rows }

  /// The metrics of each class.
  ///
  /// - Parameters:
  ///   - labels: the names of the classes, one for each row.
  ///   - indices: the column of each class; its row's by default.
  /// - Complexity: O(classes and numbers above 0).
  public func classMetrics(labels: [String], indices: [Int]? = nil) -> [ClassMetrics] {
    let sums = sums()
    return labels.indices.map { row in
      let index = indices?[row] ?? row
      let counts = ClassCounts(
        support: sums.rows[row], predicted: sums.columns[index], correct: self[row, index])
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
    Array(
      nonzero.filter { $0.label != $0.predicted }.sorted {
        ($1.count, $0.label, $0.predicted) < ($0.count, $1.label, $1.predicted)
      }.prefix(limit))
  }

  /// The classes with the most mistakes, as an image's own class or as the predicted one, in the order of the classes.
  package func mostConfusedClasses(_ limit: Int) -> [Int] {
    var mistakes = [Int](repeating: 0, count: rowCount)
    for cell in nonzero where cell.predicted != cell.label {
      mistakes[cell.label] += cell.count
      if mistakes.indices.contains(cell.predicted) { mistakes[cell.predicted] += cell.count }
    }
    let sorted = mistakes.indices.sorted { (mistakes[$1], $0) < (mistakes[$0], $1) }
    return sorted.prefix(limit).sorted()
  }

  /// The most numbers that a file holds as rows: those of 1,000 classes.
  private static let rowLimit = 1_000_000

  /// The rows as files hold them; nil for so many classes that nearly all numbers are 0.
  package var writtenRows: [[Int]]? { rowCount * columnCount <= Self.rowLimit ? counts : nil }

  /// The row, the column and the number of each number above 0, by rows and columns.
  package var writtenCells: [[Int]] {
    nonzero.map { [$0.label, $0.predicted, $0.count] }.sorted { ($0[0], $0[1]) < ($1[0], $1[1]) }
  }
}
