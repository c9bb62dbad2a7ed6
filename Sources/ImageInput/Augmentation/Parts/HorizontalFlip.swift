import TensorCore

/// `RandomHorizontalFlip`: left becomes right with a probability.
struct HorizontalFlip: RandomTransform {
  static let name = "flip"
  static let usage = "flip or flip=0.5"

  let probability: Double

  init(probability: Double) { self.probability = probability }

  init(_ part: PartText) throws(AugmentationError) {
    probability = try part.numbers(0...1, in: 0...1, "a probability such as 0.5, or nothing").first ?? 0.5
  }

  var text: String { Self.name + (probability == 0.5 ? "" : "=" + PartText.joined([probability])) }

  func apply(
    _ editor: inout CanvasEditor, to pixels: UnsafeMutablePointer<UInt8>, random: inout SplitMix64
  ) throws(ImageError) {
    if random.nextDouble() < probability { try unsafe editor.apply(.flip, to: pixels) }
  }
}

extension Augmentation.Transform {
  /// Left becomes right with this probability: `RandomHorizontalFlip`.
  public static func horizontalFlip(probability: Double) -> Self {
    Self(HorizontalFlip(probability: probability))
  }
}
