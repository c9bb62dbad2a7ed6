import TensorCore

/// `RandomCrop`: black pixels all around, then a part of the former size.
struct RandomCrop: RandomTransform {
  static let name = "crop"
  static let usage = "crop=4 (pixels of padding)"

  let padding: Int

  init(padding: Int) { self.padding = padding }

  init(_ part: PartText) throws(AugmentationError) {
    padding = try part.whole(try part.numbers(1...1, in: 1...1024, "pixels of padding, such as 4")[0])
  }

  var text: String { "\(Self.name)=\(padding)" }

  func apply(
    _ editor: inout CanvasEditor, to pixels: UnsafeMutablePointer<UInt8>, random: inout SplitMix64
  ) throws(ImageError) {
    let rows = random.next(below: 2 * padding + 1) - padding
    let columns = random.next(below: 2 * padding + 1) - padding
    try unsafe editor.apply(.shift(columns: columns, rows: rows), to: pixels)
  }
}

extension Augmentation.Transform {
  /// Black pixels all around, then a part of the former size: `RandomCrop`.
  public static func randomCrop(padding: Int) -> Self { Self(RandomCrop(padding: padding)) }
}
