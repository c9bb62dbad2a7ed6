import Platform

/// Numbers as people read them, the same in every locale.
package enum NumberText {
  /// The number with so many decimals, rounded; in exponent form from 10¹² on, and as Swift writes it when it is not finite.
  ///
  /// - Precondition: `decimals` is 0 to 6.
  package static func fixed(_ value: Double, decimals: Int) -> String {
    precondition((0...6).contains(decimals), "\(decimals) decimals")
    guard value.isFinite, value.magnitude < 1e12 else { return "\(value)" }
    var scale = 1.0
    for _ in 0..<decimals { scale *= 10 }
    let scaled = Int((value.magnitude * scale).rounded())
    let sign = value < 0 && scaled != 0 ? "-" : ""
    let digits = String(scaled)
    guard decimals > 0 else { return sign + digits }
    let padded = String(repeating: "0", count: max(0, decimals + 1 - digits.count)) + digits
    return sign + padded.dropLast(decimals) + "." + padded.suffix(decimals)
  }

  /// The number with commas between thousands.
  package static func grouped(_ value: Int) -> String {
    var text = ""
    for (index, digit) in String(value.magnitude).reversed().enumerated() {
      if index > 0, index % 3 == 0 { text.append(",") }
      text.append(digit)
    }
    return (value < 0 ? "-" : "") + String(text.reversed())
  }

  /// A share of one in percent.
  package static func percent(_ share: Double, decimals: Int = 1) -> String {
    fixed(100 * share, decimals: decimals) + " %"
  }

  /// The number with about four digits, in exponent form where it is very small or very large: `0.0125`, `5e-05`.
  package static func short(_ value: Double) -> String {
    guard value.isFinite, value != 0 else { return value == 0 ? "0" : "\(value)" }
    let exponent = floor(log10(value.magnitude))
    if (-4..<6).contains(exponent) {
      return trimmed(fixed(value, decimals: min(6, max(0, 3 - Int(exponent)))))
    }
    var mantissa = fixed(value / pow(10, exponent), decimals: 2)
    mantissa = trimmed(mantissa)
    return "\(mantissa)e\(Int(exponent))"
  }

  /// A number without the zeros at the end of its decimals.
  static func trimmed(_ text: String) -> String {
    guard text.contains(".") else { return text }
    var rest = text[...]
    while rest.last == "0" { rest.removeLast() }
    if rest.last == "." { rest.removeLast() }
    return String(rest)
  }
}
