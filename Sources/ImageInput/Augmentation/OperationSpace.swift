import Platform
import TensorCore

/// The operations that RandAugment or TrivialAugment choose from: 14 operations, most of them at 31 magnitudes, with torchvision's
/// ranges.
struct OperationSpace {
  /// Operations, in torchvision's order.
  static let count = 14
  /// Magnitudes of each operation.
  static let magnitudes = 31

  /// Greatest share of a shear; of the width and height that an image moves, or pixels; angle; distance of a factor from
  /// 1; and bits that posterizing takes away.
  let shear: Double
  let columns: Double
  let rows: Double
  let degrees: Double
  let factor: Double
  let bits: Double
  private let width: Int
  private let height: Int

  /// `RandAugment`'s, for images of one size.
  static func randAugment(width: Int, height: Int) -> OperationSpace {
    OperationSpace(
      shear: 0.3, columns: 150 / 331 * Double(width), rows: 150 / 331 * Double(height), degrees: 30,
      factor: 0.9, bits: 4, width: width, height: height)
  }

  /// `TrivialAugmentWide`'s, for images of one size.
  static func trivialAugment(width: Int, height: Int) -> OperationSpace {
    OperationSpace(
      shear: 0.99, columns: 32, rows: 32, degrees: 135, factor: 0.99, bits: 6, width: width, height: height)
  }

  /// The operation of a number; nil for the identity.
  ///
  /// - Parameters:
  ///   - index: below ``count``.
  ///   - magnitude: below ``magnitudes``.
  ///   - isNegative: whether it goes the other way, where there are two.
  func operation(_ index: Int, magnitude: Int, isNegative: Bool) -> CanvasOperation? {
    func signed(_ greatest: Double) -> Double {
      let value = Self.linear(from: 0, to: greatest, at: magnitude)
      return isNegative ? -value : value
    }
    switch index {
    case 0: return nil
    case 1: return .affine(.shear(x: signed(shear)))
    case 2: return .affine(.shear(y: signed(shear)))
    case 3: return .shift(columns: -Int(signed(columns)), rows: 0)
    case 4: return .shift(columns: 0, rows: -Int(signed(rows)))
    case 5: return .affine(.rotation(degrees: signed(degrees), width: width, height: height))
    case 6: return .brightness(1 + signed(factor))
    case 7: return .color(1 + signed(factor))
    case 8: return .contrast(1 + signed(factor))
    case 9: return .sharpness(1 + signed(factor))
    case 10:
      let taken = (Float(magnitude) / Float(30 / bits)).rounded(.toNearestOrEven)
      return .posterize(bits: 8 - Int(taken))
    case 11: return .solarize(threshold: Self.linear(from: 255, to: 0, at: magnitude))
    case 12: return .autocontrast
    default: return .equalize
    }
  }

  /// An operation, its magnitude and its direction by chance; nil for the identity.
  ///
  /// - Parameter magnitude: nil for a random one.
  func draw(magnitude: Int?, random: inout SplitMix64) -> CanvasOperation? {
    let index = random.next(below: Self.count)
    let magnitude = magnitude ?? random.next(below: Self.magnitudes)
    return operation(index, magnitude: magnitude, isNegative: random.next(below: 2) == 1)
  }

  /// An element of `torch.linspace`, which counts from both ends in single precision and rounds product and sum at once.
  static func linear(from start: Double, to end: Double, at index: Int) -> Double {
    let (start, end) = (Float(start), Float(end))
    let step = (end - start) / Float(magnitudes - 1)
    let value =
      index < magnitudes / 2
      ? start.addingProduct(step, Float(index)) : end.addingProduct(-step, Float(magnitudes - 1 - index))
    return Double(value)
  }
}

extension AffineMatrix {
  /// torchvision's `ShearX` or `ShearY`, about the upper left corner.
  static func shear(x: Double = 0, y: Double = 0) -> AffineMatrix {
    AffineMatrix(xy: x, yx: y)
  }

  /// Pillow's `Image.rotate`, counter-clockwise about the centre.
  static func rotation(degrees: Double, width: Int, height: Int) -> AffineMatrix {
    let turns = fmod(degrees, 360)
    let angle = -(turns < 0 ? turns + 360 : turns) * .pi / 180
    let (cosine, sine) = (rounded(cos(angle)), rounded(sin(angle)))
    let (centerX, centerY) = (Double(width) / 2, Double(height) / 2)
    return AffineMatrix(
      xx: cosine, xy: sine, x: cosine * -centerX + sine * -centerY + centerX,
      yx: -sine, yy: cosine, y: -sine * -centerX + cosine * -centerY + centerY)
  }

  /// To 15 decimals, so that right angles have no crumbs.
  private static func rounded(_ value: Double) -> Double {
    (value * 1e15).rounded(.toNearestOrEven) / 1e15
  }
}
