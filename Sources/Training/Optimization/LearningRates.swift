/// The learning rates of one step.
public struct LearningRates: Hashable, Sendable {
  /// The rate of the layers after the global pooling.
  public var head: Double
  /// The rate of everything else.
  public var backbone: Double

  /// A rate for each, or one for both.
  public init(head: Double, backbone: Double? = nil) {
    self.head = head
    self.backbone = backbone ?? head
  }

  /// Both times a factor.
  func scaled(by factor: Double) -> LearningRates {
    LearningRates(head: head * factor, backbone: backbone * factor)
  }

  /// Each of them changed by a function.
  func map(_ change: (Double) -> Double) -> LearningRates {
    LearningRates(head: change(head), backbone: change(backbone))
  }
}
