import Crypto
import TensorCore

extension CheckpointIndex {
  /// The bytes that are signed, FORMAT §12.2.
  static func signedMessage(
    architectureJSON: [UInt8], metadataJSON: [UInt8], contentRoot: [UInt8]
  ) -> [UInt8] {
    var writer = ByteWriter()
    writer.write(bytes: "reszoo signature 1\n".utf8)
    writer.write(bytes: ContentRoot.digest(of: architectureJSON.rawBytes))
    writer.write(bytes: ContentRoot.digest(of: metadataJSON.rawBytes))
    writer.write(bytes: contentRoot)
    return writer.bytes
  }

  private var signedMessage: [UInt8] {
    Self.signedMessage(
      architectureJSON: architectureJSON, metadataJSON: metadataJSON, contentRoot: contentRoot)
  }

  /// The signatures of algorithms that this version can check.
  public var knownSignatures: [CheckpointSignature] { signatures.filter(\.isKnownAlgorithm) }

  /// A signature of what the file says. It is worth what the content root is: verify the file first.
  public func signature(by key: SigningKey) throws(CheckpointError) -> CheckpointSignature {
    try key.signature(of: signedMessage)
  }

  /// Checks every signature that this version can check against the public key beside it, which tells damage and not who
  /// signed; with a key, also that one of them is by it.
  ///
  /// The content root is taken as it stands in the header: verify the file too.
  ///
  /// - Throws: `signatureMismatch`; with a key also `unsigned`, `wrongKey`, `unknownSignatureAlgorithm`.
  public func checkSignatures(by key: VerifyingKey? = nil) throws(CheckpointError) {
    let message = signedMessage
    for signature in knownSignatures {
      guard let signer = try? VerifyingKey(bytes: signature.publicKey),
        signer.verifies(signature, of: message)
      else {
        throw CheckpointError(
          .signatureMismatch,
          "the signature by \(signature.publicKeyHex) is not one of this file: the file or the signature was changed"
        )
      }
    }
    guard let key else { return }
    guard !signatures.isEmpty else {
      throw CheckpointError(.unsigned, "is not signed")
    }
    let known = knownSignatures
    guard !known.isEmpty else {
      throw CheckpointError(
        .unknownSignatureAlgorithm,
        "its signatures are of algorithm \(signatures[0].algorithm), which format version \(Format.version) does not have"
      )
    }
    guard known.contains(where: { $0.publicKey == key.bytes }) else {
      let signers = known.map(\.publicKeyHex).joined(separator: ", ")
      throw CheckpointError(.wrongKey, "is signed by \(signers), not by the key that was given, \(key.hex)")
    }
  }
}
