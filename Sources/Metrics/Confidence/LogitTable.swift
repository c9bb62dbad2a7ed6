/// The logits of many images for the same classes, with the class of each image.
package struct LogitTable: Sendable {
  /// The number of classes; above 0.
  package let classes: Int
  /// The class of each image, as a position among its logits.
  package private(set) var truths: [Int] = []
  private var logits: [Float] = []

  package init(classes: Int) {
    precondition(classes > 0, "a table for \(classes) classes")
    self.classes = classes
  }

  /// The number of images.
  package var images: Int { truths.count }

  /// Adds an image.
  ///
  /// - Parameters:
  ///   - row: its logits, one for each class, all finite.
  ///   - truth: its class.
  package mutating func add(_ row: [Float], truth: Int) {
    precondition(row.count == classes && row.indices.contains(truth), "\(row.count) logits, class \(truth)")
    logits += row
    truths.append(truth)
  }

  /// The logits of an image, one for each class.
  package func row(_ image: Int) -> ArraySlice<Float> {
    logits[image * classes..<(image + 1) * classes]
  }
}
