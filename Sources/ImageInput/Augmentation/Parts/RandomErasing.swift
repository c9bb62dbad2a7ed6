/// `RandomErasing`: a rectangle of the normalised image becomes 0, after everything else.
enum RandomErasing: AugmentationPart {
  static let name = "erasing"
  static let usage = "erasing=0.1"

  static func add(_ part: PartText, to augmentation: inout Augmentation) throws(AugmentationError) {
    augmentation.erasing = try part.numbers(1...1, in: 0...1, "a probability such as 0.1")[0]
  }

  static func text(_ probability: Double) -> String? {
    probability > 0 ? "\(name)=" + PartText.joined([probability]) : nil
  }
}
