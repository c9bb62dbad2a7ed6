import Crypto
import Messages
import TensorCore

/// The content root, FORMAT §7.
enum ContentRoot {
  private static let prefix = "reszoo content root 1\n"

  /// The root over tensors in directory order and the SHA-256 of each one's decoded bytes.
  static func root(_ tensors: [DirectoryTensor], digests: [[UInt8]]) -> [UInt8] {
    precondition(tensors.count == digests.count, "\(digests.count) digests of \(tensors.count) tensors")
    var writer = ByteWriter()
    writer.write(bytes: prefix.utf8)
    writer.write(UInt32(tensors.count))
    for (tensor, digest) in zip(tensors, digests) {
      writer.write(UInt8(tensor.name.utf8.count))
      writer.write(bytes: tensor.name.utf8)
      writer.write(tensor.elementType.formatID)
      writer.write(UInt8(tensor.shape.rank))
      for extent in tensor.shape.dimensions { writer.write(UInt64(extent)) }
      writer.write(bytes: digest)
    }
    return Array(SHA256.hash(data: writer.bytes))
  }

  /// Compares a computed root with the recorded one.
  static func require(_ root: [UInt8], toBe recorded: [UInt8]) throws(CheckpointError) {
    guard root == recorded else {
      throw CheckpointError(
        .contentRootMismatch, at: 40,
        """
        the tensors' content root is \(hexadecimal(root)), and the header records \(hexadecimal(recorded)): \
        the file was not written correctly, or was forged
        """)
    }
  }

  /// The SHA-256 of one run of bytes.
  static func digest(of bytes: RawSpan) -> [UInt8] {
    var hasher = SHA256()
    update(&hasher, bytes)
    return Array(hasher.finalize())
  }

  /// Appends bytes to a hash in progress.
  static func update(_ hasher: inout SHA256, _ bytes: RawSpan) {
    unsafe bytes.withUnsafeBytes { unsafe hasher.update(bufferPointer: $0) }
  }
}
