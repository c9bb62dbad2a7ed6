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

  /// - Parameters:
  ///   - predicted: the number of images that were predicted as this class.
  ///   - correct: the number of images of this class among those.
  init(label: String, index: Int, support: Int, predicted: Int, correct: Int) {
    self.label = label
    self.index = index
    self.support = support
    precision = predicted > 0 ? Double(correct) / Double(predicted) : nil
    recall = support > 0 ? Double(correct) / Double(support) : nil
    f1 = correct > 0 ? 2 * Double(correct) / Double(support + predicted) : nil
  }
}
