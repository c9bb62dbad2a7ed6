/// How well a network does on the images of one class.
public struct ClassFigures: Hashable, Sendable {
  /// The class's name.
  public let label: String
  /// Position among the logits.
  public let index: Int
  /// Images of this class.
  public let support: Int
  /// Right among those that were called this class; nil when none were.
  public let precision: Double?
  /// Right among the images of this class; nil when there are none.
  public let recall: Double?
  /// The harmonic mean of precision and recall; nil when either is undefined or both are 0.
  public let f1: Double?

  /// The figures of each class.
  ///
  /// - Parameters:
  ///   - labels: the classes' names.
  ///   - indices: the position of each class among the logits.
  ///   - confusion: images by [class][logit that was largest].
  /// - Complexity: linear in the numbers of the confusion matrix.
  public static func all(labels: [String], indices: [Int], confusion: [[Int]]) -> [ClassFigures] {
    labels.indices.map { row in
      let index = indices[row]
      let support = confusion[row].reduce(0, +)
      let called = confusion.reduce(0) { $0 + $1[index] }
      let right = confusion[row][index]
      return ClassFigures(
        label: labels[row], index: index, support: support,
        precision: called > 0 ? Double(right) / Double(called) : nil,
        recall: support > 0 ? Double(right) / Double(support) : nil,
        f1: right > 0 ? 2 * Double(right) / Double(support + called) : nil)
    }
  }
}
