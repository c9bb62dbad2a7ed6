/// How well a network does on the images of one class.
public struct ClassMetrics: Hashable, Sendable {
  /// The class's name.
  public let label: String
  /// The position of the class among the logits.
  public let index: Int
  /// The number of images of this class.
  public let support: Int
  /// The share of the images predicted as this class that are of it; nil when there are none.
  public let precision: Double?
  /// The share of the images of this class that are predicted as it; nil when there are none.
  public let recall: Double?
  /// The harmonic mean of precision and recall; nil when either is undefined or both are 0.
  public let f1: Double?

  init(label: String, index: Int, _ counts: ClassCounts) {
    self.label = label
    self.index = index
    support = counts.support
    precision = counts.precision
    recall = counts.recall
    f1 = counts.f1
  }
}
