/// Bytes as lower-case hexadecimal digits, two for each.
package func hexadecimal(_ bytes: some Sequence<UInt8>) -> String {
  bytes.reduce(into: "") { $0 += hexadecimal($1) }
}

/// A number as lower-case hexadecimal digits, as many as its type holds: eight for 32 bits.
package func hexadecimal<Number: UnsignedInteger & FixedWidthInteger>(_ number: Number) -> String {
  let digits = String(number, radix: 16)
  return String(repeating: "0", count: Number.bitWidth / 4 - digits.count) + digits
}
