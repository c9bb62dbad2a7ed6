/// Colours for numbers from 0 to 1.
public enum HeatColours: String, Hashable, Sendable, CaseIterable {
  /// Dark violet over green to yellow: legible to the colour-blind, and in grey (Smith and van der Walt 2015).
  case viridis
  /// Dark blue over green to dark red, evenly (Mikhailov 2019).
  case turbo
  /// Dark blue over green to dark red, as older tools have it: it shows edges where there are none.
  case jet

  /// The colour of a number: red, green, blue of 0 to 255. Numbers beyond 0 and 1 have the colours of these.
  func colour(_ number: Double) -> (red: Double, green: Double, blue: Double) {
    let number = min(1, max(0, number))
    if self == .jet {
      func ramp(_ center: Double) -> Double { 255 * min(1, max(0, 1.5 - (4 * number - center).magnitude)) }
      return (ramp(3), ramp(2), ramp(1))
    }
    let anchors = self == .viridis ? Self.viridisAnchors : Self.turboAnchors
    let place = number * Double(anchors.count - 1)
    let index = min(anchors.count - 2, Int(place))
    let share = place - Double(index)
    func part(_ shift: UInt32) -> Double {
      let low = Double(anchors[index] >> shift & 0xFF)
      return low + share * (Double(anchors[index + 1] >> shift & 0xFF) - low)
    }
    return (part(16), part(8), part(0))
  }

  /// Colours at even distances, between which others lie on straight lines.
  private static let viridisAnchors: [UInt32] = [
    0x440154, 0x48186A, 0x472D7B, 0x424086, 0x3B528B, 0x33638D, 0x2C728E, 0x26828E, 0x21918C, 0x1FA088,
    0x28AE80, 0x3FBC73, 0x5EC962, 0x84D44B, 0xADDC30, 0xD8E219, 0xFDE725,
  ]
  private static let turboAnchors: [UInt32] = [
    0x30123B, 0x4040A2, 0x466BE3, 0x4294FF, 0x28BCEB, 0x18DDC2, 0x32F298, 0x6DFE62, 0xA4FC3C, 0xCDEC34,
    0xEECF3A, 0xFDAC34, 0xFB7E21, 0xEB500E, 0xD02F05, 0xA91601, 0x7A0403,
  ]
}
