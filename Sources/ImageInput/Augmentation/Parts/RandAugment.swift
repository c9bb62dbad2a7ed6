import TensorCore

/// `RandAugment`: so many operations at a magnitude from 0 to 30 (Cubuk et al. 2019).
struct RandAugment: RandomTransform {
  static let name = "randaugment"
  static let usage = "randaugment or randaugment=2:9"

  let operations: Int
  let magnitude: Int

  init(operations: Int, magnitude: Int) {
    self.operations = operations
    self.magnitude = magnitude
  }

  init(_ part: PartText) throws(AugmentationError) {
    let numbers = try part.numbers(0...2, in: 0...30, "operations and a magnitude such as 2:9, or nothing")
    operations = try part.whole(numbers.first ?? 2)
    guard (1...16).contains(operations) else { throw part.error("1 to 16 operations are possible") }
    magnitude = try part.whole(numbers.count > 1 ? numbers[1] : 9)
  }

  var text: String { "\(Self.name)=\(operations):\(magnitude)" }

  func apply(
    _ editor: inout CanvasEditor, to pixels: UnsafeMutablePointer<UInt8>, random: inout SplitMix64
  ) throws(ImageError) {
    let space = OperationSpace.randAugment(width: editor.raster.width, height: editor.raster.height)
    for _ in 0..<operations {
      guard let operation = space.draw(magnitude: magnitude, random: &random) else { continue }
      try unsafe editor.apply(operation, to: pixels)
    }
  }
}

/// `TrivialAugmentWide`: one operation at a random magnitude (Müller and Hutter 2021).
struct TrivialAugment: RandomTransform {
  static let name = "trivial"
  static let usage = "trivial"

  init() {}

  init(_ part: PartText) throws(AugmentationError) {
    _ = try part.numbers(0...0, in: 0...0, "nothing")
  }

  var text: String { Self.name }

  func apply(
    _ editor: inout CanvasEditor, to pixels: UnsafeMutablePointer<UInt8>, random: inout SplitMix64
  ) throws(ImageError) {
    let space = OperationSpace.trivialAugment(width: editor.raster.width, height: editor.raster.height)
    guard let operation = space.draw(magnitude: nil, random: &random) else { return }
    try unsafe editor.apply(operation, to: pixels)
  }
}

extension Augmentation.Transform {
  /// So many operations at a magnitude from 0 to 30: `RandAugment`.
  public static func randAugment(operations: Int, magnitude: Int) -> Self {
    Self(RandAugment(operations: operations, magnitude: magnitude))
  }

  /// One operation at a random magnitude: `TrivialAugmentWide`.
  public static let trivialAugment = Self(TrivialAugment())
}
