import Crypto
import Messages
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

  /// The SHA-256 of a document, in hexadecimal.
  package static func digest(of document: [UInt8]) -> String {
    hexadecimal(ContentRoot.digest(of: document.rawBytes))
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
    let known = knownSignatures
    let bad = known.filter { signature in
      (try? VerifyingKey(bytes: signature.publicKey))?.verifies(signature, of: message) != true
    }
    guard bad.isEmpty else { throw mismatch(bad, of: known) }
    guard let key else { return }
    guard !signatures.isEmpty else {
      throw CheckpointError(.unsigned, "is not signed")
    }
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

  private func mismatch(
    _ bad: [CheckpointSignature], of all: [CheckpointSignature]
  ) -> CheckpointError {
    func signers(_ signatures: [CheckpointSignature]) -> String {
      "\(signatures.count == 1 ? "the signature" : "the signatures") by "
        + signatures.map(\.publicKeyHex).joined(separator: ", ")
    }
    let good = all.filter { !bad.contains($0) }
    let what = bad.count == 1 ? "is not one of this file" : "are none of this file"
    guard !good.isEmpty else {
      return CheckpointError(
        .signatureMismatch, "\(signers(bad)) \(what): the file or the signature was changed")
    }
    return CheckpointError(
      .signatureMismatch,
      "\(signers(bad)) \(what), though \(signers(good)) \(good.count == 1 ? "is" : "are"): get the file without the former, or "
        + "from somebody you trust")
  }
}
