import Messages
import TensorCore

/// A signature of a checkpoint, FORMAT §12.1.
public struct CheckpointSignature: Hashable, Sendable {
  /// The number of the algorithm; 1 is Ed25519.
  public let algorithm: UInt8
  /// The public key that the signature says it is by.
  public let publicKey: [UInt8]
  let value: [UInt8]

  /// The algorithm Ed25519.
  public static let ed25519: UInt8 = 1
  static let ed25519KeyByteCount = 32
  static let ed25519ValueByteCount = 64

  /// True if this version can check the signature.
  public var isKnownAlgorithm: Bool { algorithm == Self.ed25519 }
  /// The public key in hexadecimal digits.
  public var publicKeyHex: String { hexadecimal(publicKey) }

  /// The bytes that signatures are ordered by.
  fileprivate var order: [UInt8] { [algorithm] + publicKey }
}

/// The content of the `sign` section, FORMAT §12.1.
struct SignatureList: Hashable, Sendable {
  private(set) var signatures: [CheckpointSignature]

  init(_ signatures: [CheckpointSignature]) {
    self.signatures = signatures.sorted { $0.order.lexicographicallyPrecedes($1.order) }
  }

  func encoded() -> [UInt8] {
    var writer = ByteWriter()
    writer.write(UInt8(signatures.count))
    for signature in signatures {
      writer.write(signature.algorithm)
      writer.write(UInt8(signature.publicKey.count))
      writer.write(UInt8(signature.value.count))
      writer.write(bytes: signature.publicKey)
      writer.write(bytes: signature.value)
    }
    return writer.bytes
  }

  /// Reads the section, which starts at `offset` in the file.
  init(_ content: [UInt8], at offset: UInt64) throws(CheckpointError) {
    signatures = []
    var reader = ByteReader(content.rawBytes)
    do throws(ByteReaderError) {
      let count: UInt8 = try reader.read()
      for _ in 0..<count {
        let algorithm: UInt8 = try reader.read()
        let keyCount: UInt8 = try reader.read()
        let valueCount: UInt8 = try reader.read()
        signatures.append(
          CheckpointSignature(
            algorithm: algorithm, publicKey: try reader.readBytes(Int(keyCount)),
            value: try reader.readBytes(Int(valueCount))))
      }
      try reader.expectEnd()
    } catch .trailingBytes(_, let count) {
      throw CheckpointError(.badSignatures, at: offset, "\(count) bytes follow the last signature")
    } catch {
      throw CheckpointError(.badSignatures, at: offset, "the list of signatures ends within a field")
    }
    try validate(at: offset)
  }

  func validate(at offset: UInt64?) throws(CheckpointError) {
    guard (1...Format.signatureCountLimit).contains(signatures.count) else {
      throw CheckpointError(
        .badSignatures, at: offset,
        "\(signatures.count) signatures, where 1 to \(Format.signatureCountLimit) are allowed")
    }
    for (index, signature) in signatures.enumerated() {
      guard signature.algorithm != 0 else {
        throw CheckpointError(.badSignatures, at: offset, "a signature has algorithm 0, which is never used")
      }
      let (key, value) = (signature.publicKey.count, signature.value.count)
      guard
        !signature.isKnownAlgorithm
          || (key == CheckpointSignature.ed25519KeyByteCount
            && value == CheckpointSignature.ed25519ValueByteCount)
      else {
        throw CheckpointError(
          .badSignatures, at: offset,
          "an Ed25519 signature has a key of \(key) bytes and a value of \(value), where 32 and 64 belong")
      }
      if index > 0, !signatures[index - 1].order.lexicographicallyPrecedes(signature.order) {
        throw CheckpointError(
          .badSignatures, at: offset, "the signatures are not in ascending order of their keys")
      }
    }
  }
}
