/// A loss of a batch: what a step makes smaller.
package protocol TrainingLoss: Sendable {
  /// The number that the losses of a batch are divided by.
  ///
  /// - Parameter classes: the number of logits of each input.
  func divisor(of targets: [TrainingBatch.Target], classes: Int) -> Double

  /// The loss of one input, not divided.
  ///
  /// - Parameter gradient: receives the gradient of the loss times `factor`; nil if it is not needed.
  func loss(
    logits: UnsafePointer<Float>, classes: Int, target: TrainingBatch.Target,
    gradient: UnsafeMutablePointer<Float>?, factor: Double
  ) -> Double
}

/// The losses by the names that a command line and a recipe give them.
public enum LossName: String, CaseIterable, Hashable, Sendable {
  /// The cross-entropy of one class of many (``CrossEntropy``).
  case crossEntropy = "cross-entropy"
  /// The binary cross-entropy of each class for itself (`BinaryCrossEntropy`).
  case bce
}

/// The weight of the images that have a class, beside 1 for those that do not.
public enum PositiveWeight: Hashable, Sendable, CustomStringConvertible {
  /// The same for all classes.
  case number(Double)
  /// For each class the images without it divided by those with it.
  case balanced

  /// Reads a number, or `balanced`; nil for anything else.
  public init?(_ text: String) {
    if text == "balanced" {
      self = .balanced
    } else if let number = Double(text) {
      self = .number(number)
    } else {
      return nil
    }
  }

  public var description: String {
    switch self {
    case .number(let number): number.description
    case .balanced: "balanced"
    }
  }
}
