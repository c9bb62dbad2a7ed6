import Messages
import ModelDescriptor

extension PublishedWeights {
  /// Checks every field. Names become names of files in a cache, so that they may hold nothing that leads elsewhere.
  ///
  /// - Throws: ``DescriptorError`` that names the first offending field.
  func validate() throws(DescriptorError) {
    for (field, value) in [("name", name), ("file", file)] + aliases.map({ ("aliases", $0) }) {
      guard (1...100).contains(value.utf8.count), value.utf8.allSatisfy(Self.isNameByte),
        !value.hasPrefix("."), !value.hasPrefix("-")
      else {
        throw DescriptorError(
          .outOfRange, field: field,
          "'\(value.excerpt)'; it must have 1 to 100 letters, digits, '-', '_' and '.', and begin with none of '-' and '.'"
        )
      }
    }
    guard address.hasPrefix("https://"), address.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
      throw DescriptorError(
        .outOfRange, field: "address", "'\(address.excerpt)' is not an address with https")
    }
    guard (8...64).contains(sha256Prefix.utf8.count),
      sha256Prefix.utf8.allSatisfy({ (0x30...0x39).contains($0) || (0x61...0x66).contains($0) })
    else {
      throw DescriptorError(
        .outOfRange, field: "sha256_prefix",
        "'\(sha256Prefix.excerpt)'; it must have 8 to 64 lower-case hexadecimal digits")
    }
    if let mebibytes, !(mebibytes > 0 && mebibytes < 0x1p20) {
      throw DescriptorError(
        .outOfRange, field: "mebibytes", "\(mebibytes); it must be above 0 and below 1048576")
    }
    for (key, value) in metrics where !value.isFinite {
      throw DescriptorError(.outOfRange, field: "metrics.\(key)", "\(value) is not finite")
    }
    do { try preprocessing.validate() } catch { throw error.within("preprocessing") }
    do { _ = try Architecture.preset(named: architecture) } catch { throw error.within("architecture") }
  }

  private static func isNameByte(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."):
      true
    default: false
    }
  }
}
