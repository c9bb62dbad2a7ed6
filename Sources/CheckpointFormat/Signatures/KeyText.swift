import FoundationEssentials
import Messages

/// Keys as text. RFC 8410 leaves no choice in the encoding of an Ed25519 key: both forms are a fixed prefix and 32 bytes.
enum KeyText {
  enum Kind: String {
    case privateKey = "PRIVATE KEY"
    case publicKey = "PUBLIC KEY"

    /// The bytes before the 32 bytes of the key, in DER.
    var prefix: [UInt8] {
      switch self {
      case .privateKey:
        [0x30, 0x2E, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2B, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20]
      case .publicKey: [0x30, 0x2A, 0x30, 0x05, 0x06, 0x03, 0x2B, 0x65, 0x70, 0x03, 0x21, 0x00]
      }
    }

    var name: String { self == .privateKey ? "private" : "public" }
  }

  static func pem(_ key: [UInt8], of kind: Kind) -> String {
    let text = Data(kind.prefix + key).base64EncodedString()
    return "-----BEGIN \(kind.rawValue)-----\n\(text)\n-----END \(kind.rawValue)-----\n"
  }

  static func bytes(_ text: [UInt8], of kind: Kind) throws(CheckpointError) -> [UInt8] {
    let text = String(decoding: text, as: UTF8.self)
    let lines = text.split { $0 == "\n" || $0 == "\r" || $0 == "\r\n" }
    if lines.count == 1, let bytes = hexadecimal(lines[0]) { return bytes }
    guard let begin = text.firstRange(of: "-----BEGIN ") else {
      throw CheckpointError(
        .badKey,
        "is no key; a \(kind.name) key is a PEM file with '-----BEGIN \(kind.rawValue)-----', or 64 hexadecimal digits"
      )
    }
    let label = text[begin.upperBound...].prefix { $0 != "-" }
    guard label == kind.rawValue else { throw wrongKind(label, wanted: kind) }
    let rest = text[label.endIndex...]
    guard rest.hasPrefix("-----"), let end = rest.firstRange(of: "-----END \(kind.rawValue)-----"),
      let der = decoded(
        rest[..<end.lowerBound].dropFirst(5).utf8.filter { !" \t\r\n".utf8.contains($0) })
    else {
      throw CheckpointError(
        .badKey,
        "is damaged: its PEM text is not Base64 between '-----BEGIN \(kind.rawValue)-----' and the same with END"
      )
    }
    let bytes = Array(der)
    guard bytes.starts(with: kind.prefix), bytes.count == kind.prefix.count + 32 else {
      throw CheckpointError(
        .badKey, "is not an Ed25519 key, such as 'openssl genpkey -algorithm ed25519' makes")
    }
    return Array(bytes.dropFirst(kind.prefix.count))
  }

  /// Foundation takes more `=` than there have to be.
  private static func decoded(_ base64: [UInt8]) -> Data? {
    guard let data = Data(base64Encoded: Data(base64)), base64.count == (data.count + 2) / 3 * 4 else {
      return nil
    }
    return data
  }

  private static func wrongKind(_ found: Substring, wanted: Kind) -> CheckpointError {
    let hint =
      switch found {
      case "ENCRYPTED PRIVATE KEY": "; 'openssl pkey' decrypts it"
      case "PRIVATE KEY": "; give the public one, which 'openssl pkey -pubout' makes of it"
      default: ""
      }
    return CheckpointError(
      .badKey, "holds '\(String(found.prefix(40)).printable)', where '\(wanted.rawValue)' is needed\(hint)")
  }

  private static func hexadecimal(_ text: Substring) -> [UInt8]? {
    let digits = text.utf8.map { UInt8($0) }.filter { $0 != UInt8(ascii: " ") && $0 != UInt8(ascii: "\t") }
    guard digits.count == 64 else { return nil }
    var bytes: [UInt8] = []
    for index in stride(from: 0, to: 64, by: 2) {
      let pair = String(decoding: digits[index...index + 1], as: UTF8.self)
      guard pair.utf8.allSatisfy({ $0 != UInt8(ascii: "+") && $0 != UInt8(ascii: "-") }),
        let byte = UInt8(pair, radix: 16)
      else { return nil }
      bytes.append(byte)
    }
    return bytes
  }
}
