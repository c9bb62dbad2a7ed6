import Crypto
import FoundationEssentials
import Messages

/// A private Ed25519 key, with which checkpoints are signed.
public struct SigningKey: Sendable {
  private let key: Curve25519.Signing.PrivateKey

  /// A new key from the system's random numbers.
  public init() {
    key = Curve25519.Signing.PrivateKey()
  }

  /// Reads a key: PKCS #8 in PEM, as `openssl genpkey -algorithm ed25519` writes it, or 64 hexadecimal digits.
  ///
  /// - Throws: ``CheckpointError`` with `badKey`.
  public init(text: [UInt8]) throws(CheckpointError) {
    let bytes = try KeyText.bytes(text, of: .privateKey)
    do {
      key = try Curve25519.Signing.PrivateKey(rawRepresentation: bytes)
    } catch {
      throw CheckpointError(.badKey, "is not a private Ed25519 key: \(error)")
    }
  }

  /// The key as PKCS #8 in PEM. Whoever has it can sign.
  public var pem: String { KeyText.pem(Array(key.rawRepresentation), of: .privateKey) }

  /// The key with which the signatures are checked.
  public var verifyingKey: VerifyingKey { VerifyingKey(key.publicKey) }

  func signature(of message: [UInt8]) throws(CheckpointError) -> CheckpointSignature {
    do {
      return CheckpointSignature(
        algorithm: CheckpointSignature.ed25519, publicKey: Array(key.publicKey.rawRepresentation),
        value: Array(try key.signature(for: message)))
    } catch {
      throw CheckpointError(.badKey, "cannot sign: \(error)")
    }
  }
}

/// A public Ed25519 key, with which signatures are checked.
public struct VerifyingKey: Sendable {
  private let key: Curve25519.Signing.PublicKey

  fileprivate init(_ key: Curve25519.Signing.PublicKey) {
    self.key = key
  }

  /// Reads a key: SubjectPublicKeyInfo in PEM, as `openssl pkey -pubout` writes it, or 64 hexadecimal digits.
  ///
  /// - Throws: ``CheckpointError`` with `badKey`.
  public init(text: [UInt8]) throws(CheckpointError) {
    try self.init(bytes: try KeyText.bytes(text, of: .publicKey))
  }

  init(bytes: [UInt8]) throws(CheckpointError) {
    do {
      key = try Curve25519.Signing.PublicKey(rawRepresentation: bytes)
    } catch {
      throw CheckpointError(.badKey, "is not a public Ed25519 key: \(error)")
    }
  }

  /// The key as SubjectPublicKeyInfo in PEM.
  public var pem: String { KeyText.pem(bytes, of: .publicKey) }
  /// The key in 64 hexadecimal digits.
  public var hex: String { hexadecimal(bytes) }

  var bytes: [UInt8] { Array(key.rawRepresentation) }

  func verifies(_ signature: CheckpointSignature, of message: [UInt8]) -> Bool {
    key.isValidSignature(signature.value, for: message)
  }
}

/// Keys as text. RFC 8410 leaves no choice in the encoding of an Ed25519 key: both forms are a fixed prefix and 32 bytes.
private enum KeyText {
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
    let lines = String(decoding: text, as: UTF8.self).split(whereSeparator: \.isNewline).map { line in
      String(line.drop(while: \.isWhitespace))
    }
    if lines.count == 1, let bytes = hexadecimal(lines[0]) { return bytes }
    guard let begin = lines.firstIndex(where: { $0.hasPrefix("-----BEGIN ") }) else {
      throw CheckpointError(
        .badKey,
        "is no key; a \(kind.name) key is a PEM file with '-----BEGIN \(kind.rawValue)-----', or 64 hexadecimal digits"
      )
    }
    guard lines[begin] == "-----BEGIN \(kind.rawValue)-----" else {
      throw wrongKind(lines[begin], wanted: kind)
    }
    guard let end = lines.firstIndex(of: "-----END \(kind.rawValue)-----"), end > begin,
      let der = Data(base64Encoded: lines[begin + 1..<end].joined())
    else {
      throw CheckpointError(.badKey, "is damaged: its PEM text is not Base64 between a BEGIN and an END line")
    }
    let bytes = Array(der)
    guard bytes.starts(with: kind.prefix), bytes.count == kind.prefix.count + 32 else {
      throw CheckpointError(
        .badKey, "is not an Ed25519 key, such as 'openssl genpkey -algorithm ed25519' makes")
    }
    return Array(bytes.dropFirst(kind.prefix.count))
  }

  private static func wrongKind(_ line: String, wanted: Kind) -> CheckpointError {
    let found = line.dropFirst("-----BEGIN ".count).prefix { $0 != "-" }
    let hint =
      switch found {
      case "ENCRYPTED PRIVATE KEY": "; 'openssl pkey' decrypts it"
      case "PRIVATE KEY": "; give the public one, which 'openssl pkey -pubout' makes of it"
      default: ""
      }
    return CheckpointError(.badKey, "holds '\(found)', where '\(wanted.rawValue)' is needed\(hint)")
  }

  private static func hexadecimal(_ text: String) -> [UInt8]? {
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
