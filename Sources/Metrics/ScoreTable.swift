/// The scores of images for some classes, kept as long as they are few enough.
package struct ScoreTable: Hashable, Sendable {
  /// The most scores that are kept: 64 MiB.
  package static let limit = 1 << 23

  /// True if all scores of so many images are kept.
  package static func holds(images: Int, classes: Int) -> Bool {
    let (count, isOverflowing) = images.multipliedReportingOverflow(by: classes)
    return !isOverflowing && count <= limit
  }

  /// The number of classes.
  package let classes: Int
  private let limit: Int
  private var scores: [Double] = []
  private var isComplete = true

  package init(classes: Int, limit: Int = limit) {
    self.classes = classes
    self.limit = limit
  }

  /// Adds an image, with one score for each class.
  package mutating func add(_ row: some Collection<Double>) {
    guard isComplete else { return }
    guard scores.count + classes <= limit else {
      isComplete = false
      scores = []
      return
    }
    scores += row
  }

  /// The scores of a class for all images; nil where there were too many to keep.
  package func column(_ index: Int) -> [Double]? {
    guard isComplete, classes > 0 else { return nil }
    return stride(from: index, to: scores.count, by: classes).map { scores[$0] }
  }
}
