import Crypto
package import Files
import Messages
import Synchronization
import TensorCore
import Threads

/// The SHA-256 of a file, computed on a thread of its own while tensors are read.
package final class Fingerprint {
  private let work: Work
  private let digest: BackgroundValue<Result<String, ImportError>>
  private let expectedPrefix: String?

  /// Begins to compute. `expectedPrefix` is what the file's name says of it, in lower-case hexadecimal.
  package init(_ file: InputFile, expectedPrefix: String? = nil) {
    self.expectedPrefix = expectedPrefix
    let work = Work(file)
    self.work = work
    digest = BackgroundValue { work.run() }
  }

  deinit { work.isCancelled.store(true, ordering: .relaxed) }

  /// Waits for the digest.
  ///
  /// - Throws: ``ImportError`` with `digestMismatch`, or why the file could not be read.
  package func finish() throws(ImportError) -> String {
    let digest = try digest.wait().get()
    if let expectedPrefix, !digest.hasPrefix(expectedPrefix) {
      throw ImportError(
        .digestMismatch, file: work.file.path,
        "its SHA-256 begins with \(digest.prefix(expectedPrefix.count)), but its name says \(expectedPrefix): the file "
          + "is damaged or was changed; load it again, or rename it if the change is meant")
    }
    return digest
  }

  /// What the thread shares with the owner.
  private final class Work: Sendable {
    let file: InputFile
    let isCancelled = Atomic(false)

    init(_ file: InputFile) { self.file = file }

    func run() -> Result<String, ImportError> {
      Result { () throws(ImportError) in try digest() }
    }

    private func digest() throws(ImportError) -> String {
      var hasher = SHA256()
      var position = 0
      while position < file.size, !isCancelled.load(ordering: .relaxed) {
        let count = min(1 << 20, file.size - position)
        let piece = try file.bytes(count: count, at: position)
        unsafe piece.bytes.withUnsafeBytes { unsafe hasher.update(bufferPointer: $0) }
        position += count
      }
      return hasher.finalize().map { byte in
        String(byte >> 4, radix: 16) + String(byte & 15, radix: 16)
      }.joined()
    }
  }
}
