import Platform

extension CanvasEditor {
  /// Pillow's `ImageEnhance.Color`: a blend with the luminance. Grey images stay as they are.
  func saturate(_ pixels: UnsafeMutablePointer<UInt8>, factor: Double) {
    guard raster.channels == 3 else { return }
    var pixel = unsafe pixels
    for _ in 0..<raster.width * raster.height {
      let weighted = unsafe 19595 * Int(pixel[0]) + 38470 * Int(pixel[1]) + 7471 * Int(pixel[2])
      let gray = UInt8((weighted + 0x8000) >> 16)
      for channel in 0..<3 { unsafe pixel[channel] = blend(gray, pixel[channel], factor) }
      unsafe pixel += 3
    }
  }

  /// torchvision's `adjust_hue` on a PIL image: through Pillow's 8-bit HSV, where the hue wraps around at 256.
  func turnHue(_ pixels: UnsafeMutablePointer<UInt8>, by turn: UInt8) {
    guard raster.channels == 3 else { return }
    var pixel = unsafe pixels
    for _ in 0..<raster.width * raster.height {
      var color = unsafe HSV(red: pixel[0], green: pixel[1], blue: pixel[2])
      color.hue &+= turn
      let (red, green, blue) = color.rgb
      unsafe pixel[0] = red
      unsafe pixel[1] = green
      unsafe pixel[2] = blue
      unsafe pixel += 3
    }
  }
}

/// A colour as Pillow's mode HSV has it. The mixture of precisions is Pillow's.
struct HSV {
  var hue: UInt8
  var saturation: UInt8
  var value: UInt8

  init(red: UInt8, green: UInt8, blue: UInt8) {
    let high = max(red, green, blue)
    let low = min(red, green, blue)
    value = high
    guard low != high else {
      (hue, saturation) = (0, 0)
      return
    }
    let range = Float(high - low)
    let (red, green, blue) = (
      Float(high - red) / range, Float(high - green) / range, Float(high - blue) / range
    )
    let sector: Float =
      red == 0
      ? blue - green
      : green == 0 ? Float(2 + Double(red) - Double(blue)) : Float(4 + Double(green) - Double(red))
    let turn = Float(fmod(Double(sector) / 6 + 1, 1))
    hue = UInt8(Double(turn) * 255)
    saturation = UInt8(Double(range / Float(high)) * 255)
  }

  /// Red, green and blue.
  var rgb: (UInt8, UInt8, UInt8) {
    guard saturation > 0 else { return (value, value, value) }
    let turn = Double(Float(hue)) * 6 / 255
    let sector = Int(turn)
    let fraction = Double(Float(turn - Double(sector)))
    let share = Double(Float(Double(Float(saturation)) / 255))
    func scaled(_ factor: Double) -> UInt8 { UInt8((Double(value) * factor).rounded()) }
    let low = scaled(1 - share)
    let falling = scaled(1 - share * fraction)
    let rising = scaled(1 - share * (1 - fraction))
    switch sector % 6 {
    case 0: return (value, rising, low)
    case 1: return (falling, value, low)
    case 2: return (low, value, rising)
    case 3: return (low, falling, value)
    case 4: return (rising, low, value)
    default: return (value, low, falling)
    }
  }
}
