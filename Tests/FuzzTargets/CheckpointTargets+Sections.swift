import CheckpointFormat
import TensorCore
import TestSupport

/// What a checkpoint holds beside the tensors of its own: deltas, signatures, scales.
extension FuzzTarget {
  /// The base of every delta: that of the specification's vectors.
  private static let base =
    #filePath.split(separator: "/").dropLast(3).reduce("") { $0 + "/" + $1 }
    + "/spec/vectors/valid/delta-base.rzoo"

  /// Reads a delta with its base. What is accepted must be the same when it is written as a whole.
  static func readDelta(_ bytes: [UInt8]) throws {
    let folder = TemporaryFolder()
    let stack = try CheckpointStack(
      path: folder.write(bytes), bases: BaseSearch(files: [base], folders: []))
    precondition(stack.layers.count == 2, "\(stack.layers.count) files for a delta and its base")
    let tensors = try stack.loadTensors(threads: 1)
    precondition(tensors.keys.sorted() == stack.tensors.map(\.entry.name).sorted(), "other names")
    precondition(
      tensors.values.reduce(0) { $0 + $1.byteCount } == stack.decodedByteCount, "other sizes than announced")
    try stack.verify(threads: 1)
    do {
      try stack.writeComplete(threads: 1, to: folder.file("whole.rzoo"))
      let whole = try CheckpointReader(path: folder.file("whole.rzoo"))
      try whole.verify(threads: 1)
      precondition(whole.index.contentRoot == stack.index.contentRoot, "another content root")
    } catch {
      // The writer checks signatures, which a delta may carry wrongly and a fuzzer cannot forge.
      precondition(error.code == .signatureMismatch, "a sound delta cannot be made whole: \(error)")
      throw error
    }
  }

  /// Reads a file with signatures, and checks them.
  static func readSignatures(_ bytes: [UInt8]) throws {
    let folder = TemporaryFolder()
    let reader = try CheckpointReader(path: folder.write(bytes))
    let signatures = reader.index.signatures
    precondition((1...16).contains(signatures.count), "\(signatures.count) signatures")
    precondition(
      Set(signatures.map { [$0.algorithm] + $0.publicKey }).count == signatures.count, "a key signs twice")
    try reader.index.checkSignatures()
    for signature in signatures where signature.isKnownAlgorithm {
      try reader.index.checkSignatures(by: VerifyingKey(text: Array(signature.publicKeyHex.utf8)))
    }
    // Copying looks at the blobs as well, which need not be there.
    try reader.rewrite(signatures: signatures, to: folder.file("again.rzoo"))
    let again = try CheckpointReader(path: folder.file("again.rzoo"))
    precondition(again.index.signatures == signatures, "other signatures")
  }

  /// Reads 8-bit integers with scales, as they are and as floats.
  static func readScales(_ bytes: [UInt8]) throws {
    let folder = TemporaryFolder()
    let reader = try CheckpointReader(path: folder.write(bytes))
    let tensors = try reader.loadWidened(threads: 1)
    guard let floats = tensors.floats["w"], let stored = tensors.stored("w") else {
      preconditionFailure("the tensor is missing")
    }
    precondition(stored.elementType == .int8 && floats.elementType == .float32, "other types")
    let values = floats.floats.indices.map { floats.floats[$0] }
    precondition(!values.contains(where: \.isNaN), "an integer times a scale is no number")
    guard values.allSatisfy(\.isFinite) else { return }
    do {
      let again = try floats.narrowed(to: .int8).widened()
      let largest = values.reduce(0) { max($0, abs($1)) }
      for (index, value) in values.enumerated() {
        let error = abs(again.floats[index] - value)
        // Half a step of the widest channel; below the normal numbers a step is a number's last place.
        precondition(error <= largest / 253 + .leastNormalMagnitude, "\(value) became \(again.floats[index])")
      }
    } catch {
      preconditionFailure("finite numbers cannot be narrowed: \(error)")
    }
  }
}
