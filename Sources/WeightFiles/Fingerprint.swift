import Crypto
package import Files
import Messages
import Synchronization
import TensorCore
import Threads

/// The SHA-256 of a file, computed on a thread of its own while tensors are read.
package final class Fingerprint {
  private let work: Work
  private let digest: BackgroundValue<Result<String, WeightFileError>>
  private let expectedPrefix: String?

  /// Begins to compute. `expectedPrefix` is the beginning that was published for a file of its name, in lower-case hexadecimal.
  package init(_ file: InputFile, expectedPrefix: String? = nil) {
    self.expectedPrefix = expectedPrefix
    let work = Work(file)
    self.work = work
    digest = BackgroundValue { work.run() }
  }

  deinit { work.isCancelled.store(true, ordering: .relaxed) }

  /// Waits for the digest.
  ///
  /// - Throws: ``WeightFileError`` with `digestMismatch`, or the reason why the file could not be read.
  package func finish() throws(WeightFileError) -> String {
    let digest = try digest.wait().get()
    if let expectedPrefix, !digest.hasPrefix(expectedPrefix) {
      throw WeightFileError(
        .digestMismatch, file: work.file.path,
        "the file's SHA-256 begins with \(digest.prefix(expectedPrefix.count)), but that of the published file of this name "
          + "with \(expectedPrefix), so it is damaged or was changed; download it again, or rename it if it was changed on purpose"
      )
    }
    return digest
  }

  /// The state that the thread shares with the owner.
  private final class Work: Sendable {
    let file: InputFile
    let isCancelled = Atomic(false)

    init(_ file: InputFile) { self.file = file }

    func run() -> Result<String, WeightFileError> {
      Result { () throws(WeightFileError) in try digest() }
    }

    private func digest() throws(WeightFileError) -> String {
      var hasher = SHA256()
      var position = 0
      while position < file.size, !isCancelled.load(ordering: .relaxed) {
        let count = min(1 << 20, file.size - position)
        let piece = try file.bytes(count: count, at: position)
        unsafe piece.bytes.withUnsafeBytes { unsafe hasher.update(bufferPointer: $0) }
        position += count
      }
      return hexadecimal(hasher.finalize())
    }
  }
}
