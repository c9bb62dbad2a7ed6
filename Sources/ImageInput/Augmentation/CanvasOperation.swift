/// One change of an image with all its numbers settled.
///
/// Factors are Pillow's: 0 gives the degenerate image (black, flat, grey, blurred), 1 the image itself.
enum CanvasOperation: Hashable, Sendable {
  /// Left becomes right.
  case flip
  /// Each pixel becomes the one so many columns to the right and rows below; black where there is none.
  case shift(columns: Int, rows: Int)
  case brightness(Double)
  case contrast(Double)
  /// Saturation.
  case color(Double)
  case sharpness(Double)
  /// Turns the hue by this part of the circle, -0.5 to 0.5.
  case hue(turn: Double)
  /// Keeps the highest bits, 1 to 8.
  case posterize(bits: Int)
  /// Inverts samples from the threshold on.
  case solarize(threshold: Double)
  case autocontrast
  case equalize
  /// Nearest neighbour; black where there is none.
  case affine(AffineMatrix)
}

/// Where each pixel of an image comes from: column `xx`·x + `xy`·y + `x`, row `yx`·x + `yy`·y + `y`.
struct AffineMatrix: Hashable, Sendable {
  var xx = 1.0
  var xy = 0.0
  var x = 0.0
  var yx = 0.0
  var yy = 1.0
  var y = 0.0
}
