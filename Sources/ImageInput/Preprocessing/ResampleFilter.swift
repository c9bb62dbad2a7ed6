import ModelDescriptor
import Platform

/// Pillow's antialiasing filters, as its `Resample.c` computes them in double precision.
enum ResampleFilter {
  case box
  case bilinear
  case hamming
  case bicubic
  case lanczos

  /// Half the filter's width in source pixels when the size does not shrink.
  var support: Double {
    switch self {
    case .box: 0.5
    case .bilinear, .hamming: 1
    case .bicubic: 2
    case .lanczos: 3
    }
  }

  /// The weight at a distance of `x` from the centre.
  func weight(at x: Double) -> Double {
    switch self {
    case .box:
      return x > -0.5 && x <= 0.5 ? 1 : 0
    case .bilinear:
      let distance = abs(x)
      return distance < 1 ? 1 - distance : 0
    case .hamming:
      let distance = abs(x)
      if distance == 0 { return 1 }
      if distance >= 1 { return 0 }
      let angle = distance * Double.pi
      // Pillow writes the two coefficients in single precision.
      return sin(angle) / angle * (Double(0.54 as Float) + Double(0.46 as Float) * cos(angle))
    case .bicubic:
      let a = -0.5
      let distance = abs(x)
      if distance < 1 { return ((a + 2) * distance - (a + 3)) * distance * distance + 1 }
      if distance < 2 { return (((distance - 5) * distance + 8) * distance - 4) * a }
      return 0
    case .lanczos:
      return -3 <= x && x < 3 ? Self.sinc(x) * Self.sinc(x / 3) : 0
    }
  }

  private static func sinc(_ x: Double) -> Double {
    if x == 0 { return 1 }
    let angle = x * Double.pi
    return sin(angle) / angle
  }
}

extension ResampleFilter {
  /// nil for nearest neighbour, which filters nothing.
  init?(_ interpolation: Preprocessing.Interpolation) {
    switch interpolation {
    case .nearest: return nil
    case .box: self = .box
    case .bilinear: self = .bilinear
    case .hamming: self = .hamming
    case .bicubic: self = .bicubic
    case .lanczos: self = .lanczos
    }
  }
}
