import Crypto
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
    guard !EdwardsPoint.isWeak(bytes) else {
      throw CheckpointError(
        .badKey,
        "is not a public key that anybody has the private key of: it is a point of small order, under which one signature fits many files"
      )
    }
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
