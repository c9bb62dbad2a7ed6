import TensorCore

/// `RandomGrayscale`: colours become grey with a probability.
struct RandomGrayscale: RandomTransform {
  static let name = "grayscale"
  static let usage = "grayscale or grayscale=0.1"

  let probability: Double

  init(probability: Double) { self.probability = probability }

  init(_ part: PartText) throws(AugmentationError) {
    probability = try part.numbers(0...1, in: 0...1, "a probability such as 0.1, or nothing").first ?? 0.1
  }

  var text: String { Self.name + (probability == 0.1 ? "" : "=" + PartText.joined([probability])) }

  func apply(
    _ editor: inout CanvasEditor, to pixels: UnsafeMutablePointer<UInt8>, random: inout SplitMix64
  ) throws(ImageError) {
    if random.nextDouble() < probability { try unsafe editor.apply(.color(0), to: pixels) }
  }
}

extension Augmentation.Transform {
  /// Colours become grey with this probability: `RandomGrayscale`.
  public static func randomGrayscale(probability: Double) -> Self {
    Self(RandomGrayscale(probability: probability))
  }
}
