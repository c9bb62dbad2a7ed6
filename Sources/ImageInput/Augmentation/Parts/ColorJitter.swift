import TensorCore

/// `ColorJitter`, how far colours may go: factors are drawn from 1 less the amount, but not below 0, to 1 plus the amount, and the
/// hue turns by up to the amount of the circle either way. An amount of 0 leaves its property alone.
public struct ColorJitter: Hashable, Sendable {
  /// From 0 on.
  public var brightness: Double
  /// From 0 on.
  public var contrast: Double
  /// From 0 on.
  public var saturation: Double
  /// 0 to 0.5.
  public var hue: Double

  /// Amounts.
  public init(brightness: Double = 0, contrast: Double = 0, saturation: Double = 0, hue: Double = 0) {
    self.brightness = brightness
    self.contrast = contrast
    self.saturation = saturation
    self.hue = hue
  }
}

extension ColorJitter: RandomTransform {
  static let name = "jitter"
  static let usage = "jitter=0.2 or jitter=0.4:0.4:0.4:0.1 (brightness, contrast, saturation, hue)"

  init(_ part: PartText) throws(AugmentationError) {
    let amounts = try part.numbers(
      1...4, in: 0...10, "one amount, or those of brightness, contrast, saturation and hue (up to 0.5)")
    guard amounts.count == 1 || amounts.count == 4 && amounts[3] <= 0.5 else {
      throw part.error("give one amount, or four of which the last, the hue's, is at most 0.5")
    }
    self.init(
      brightness: amounts[0], contrast: amounts.count == 4 ? amounts[1] : amounts[0],
      saturation: amounts.count == 4 ? amounts[2] : amounts[0], hue: amounts.count == 4 ? amounts[3] : 0)
  }

  var text: String { "\(Self.name)=" + PartText.joined([brightness, contrast, saturation, hue]) }

  /// The four properties in random order, each by a uniform amount.
  func apply(
    _ editor: inout CanvasEditor, to pixels: UnsafeMutablePointer<UInt8>, random: inout SplitMix64
  ) throws(ImageError) {
    var order: [4 of Int] = [0, 1, 2, 3]
    for left in [3, 2, 1] { order.swapAt(left, random.next(below: left + 1)) }
    func factor(_ amount: Double) -> Double { random.next(in: max(0, 1 - amount)...1 + amount) }
    for index in order.indices {
      switch order[index] {
      case 0 where brightness > 0:
        try unsafe editor.apply(.brightness(factor(brightness)), to: pixels)
      case 1 where contrast > 0:
        try unsafe editor.apply(.contrast(factor(contrast)), to: pixels)
      case 2 where saturation > 0:
        try unsafe editor.apply(.color(factor(saturation)), to: pixels)
      case 3 where hue > 0:
        let turn = random.next(in: -hue...hue)
        try unsafe editor.apply(.hue(turn: turn), to: pixels)
      default: break
      }
    }
  }
}

extension Augmentation.Transform {
  /// Random brightness, contrast, saturation and hue: `ColorJitter`.
  public static func colorJitter(_ jitter: ColorJitter) -> Self { Self(jitter) }
}
