extension Double {
  /// The number with so many decimals, rounded, never in exponent form.
  func text(decimals: Int) -> String {
    var scale = 1.0
    for _ in 0..<decimals { scale *= 10 }
    guard isFinite, magnitude < 1e15, magnitude * scale < 1e18 else { return "\(self)" }
    let scaled = Int((magnitude * scale).rounded())
    let sign = self < 0 && scaled != 0 ? "-" : ""
    let digits = String(scaled)
    guard decimals > 0 else { return sign + digits }
    let padded = String(repeating: "0", count: max(0, decimals + 1 - digits.count)) + digits
    return sign + padded.dropLast(decimals) + "." + padded.suffix(decimals)
  }

  /// Seconds as people say them.
  var durationText: String {
    guard isFinite, self < 1e9 else { return "?" }
    let seconds = Int(rounded())
    if seconds < 60 { return "\(seconds) s" }
    if seconds < 3600 { return "\(seconds / 60) min \(seconds % 60) s" }
    return "\(seconds / 3600) h \(seconds % 3600 / 60) min"
  }

  /// The number in three digits, with an exponent where the number is small.
  var shortText: String {
    guard self > 0, isFinite else { return text(decimals: 0) }
    var (mantissa, exponent) = (self, 0)
    // 9.995 would be written as 10.
    while mantissa < 0.9995 { (mantissa, exponent) = (mantissa * 10, exponent - 1) }
    guard exponent < -3 else { return text(decimals: min(9, 2 - exponent)).withoutTrailingZeros }
    return mantissa.text(decimals: 2).withoutTrailingZeros + "e\(exponent)"
  }
}

extension String {
  fileprivate var withoutTrailingZeros: String {
    guard contains(".") else { return self }
    var text = self
    while text.hasSuffix("0") { text.removeLast() }
    if text.hasSuffix(".") { text.removeLast() }
    return text
  }
}

extension Int {
  /// The number with its noun, as in "1 file" and "2,000 files".
  func counted(_ one: String, _ many: String? = nil) -> String {
    "\(grouped) \(self == 1 ? one : many ?? one + "s")"
  }

  /// The number with commas between thousands.
  var grouped: String {
    var text = ""
    for (index, digit) in String(magnitude).reversed().enumerated() {
      if index > 0, index % 3 == 0 { text.append(",") }
      text.append(digit)
    }
    return (self < 0 ? "-" : "") + String(text.reversed())
  }
}
