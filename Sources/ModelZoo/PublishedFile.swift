import Files
import Importers
import PublishedModels
import WeightFiles

/// A file that is to be the published one, on its way or in the cache.
struct PublishedFile {
  let weights: PublishedWeights
  /// The file's SHA-256, all of it, in lower-case hexadecimal.
  let digest: String
  /// Nil when the file is empty.
  private let kind: FileKind?

  /// Reads the file whole.
  init(_ weights: PublishedWeights, path: String) throws(PullError) {
    self.weights = weights
    let file: InputFile
    do { file = try InputFile(path: path) } catch { throw .file(error) }
    do { digest = try Fingerprint(file).finish() } catch { throw .weights(ImportError(error)) }
    kind = try? FileKind(file)
  }

  /// The reason why this is not the file that was published; nil when it is, as far as its SHA-256 is known.
  var fault: (code: TransferError.Code, what: String)? {
    let kindText = kind?.what ?? "an empty file"
    let isKind = kind?.fits(name: weights.file) == true
    guard weights.matches(digest: digest) else {
      let expected = weights.sha256Prefix
      let isWhole = weights.hasWholeDigest
      return (
        .wrongDigest,
        "\(isKind ? "another file than" : kindText + " in place of") the published one: its SHA-256 "
          + (isWhole
            ? "is \(digest), and must be \(expected)"
            : "begins with \(digest.prefix(expected.utf8.count)), and must with \(expected)")
      )
    }
    return isKind ? nil : (.wrongKind, "\(kindText) under the name \(weights.file)")
  }
}
