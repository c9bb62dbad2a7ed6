package import Files
import LinearAlgebra
public import Messages

/// Why images could not be compared. Two errors are equal when their codes are equal.
public struct SimilarityError: CodedError {
  /// The kind of fault.
  public enum Code: String, Hashable, Sendable {
    /// The library that multiplies is not installed.
    case missingLibrary
    /// Embeddings have numbers that are infinite or not numbers.
    case notFinite
    /// Embeddings do not fit in memory, or are more or wider than can be compared.
    case tooLarge
    /// A node puts out maps, and no vector for each image.
    case notVectors
    /// There is no image with an embedding.
    case noImages
    /// Embeddings have another number of numbers than those that they are compared with.
    case otherWidth
    /// An index is of another network, another node or images that were prepared in another way.
    case otherModel
    /// A file is no index.
    case notAnIndex
    /// An index is of a newer version.
    case newerVersion
    /// An index is damaged or contradicts itself.
    case damaged
    /// A file could not be read or written.
    case file
    /// The eigenvalues of a matrix were not found.
    case noConvergence
  }

  /// The kind of fault.
  public let code: Code
  /// The file that it is about; nil where there is none.
  public let subject: String?
  /// The position of the fault in the file, in bytes, where it has one.
  public let offset: UInt64?
  /// The fault in words, with the values, and a remedy. It does not repeat the subject.
  public let message: String
  /// The error of the file, of ``Code/file``.
  package let fileError: FileError?

  init(_ code: Code, in path: String? = nil, at offset: UInt64? = nil, _ message: String) {
    self.code = code
    self.subject = path
    self.offset = offset
    self.message = message
    fileError = nil
  }

  init(_ error: FileError) {
    code = .file
    subject = error.path
    offset = error.offset
    message = error.message
    fileError = error
  }

  init(_ error: LinearAlgebraError) {
    let code: Code =
      switch error.code {
      case .missingLibrary: .missingLibrary
      case .notFinite: .notFinite
      case .tooLarge: .tooLarge
      case .noConvergence: .noConvergence
      }
    self.init(code, error.message)
  }
}
