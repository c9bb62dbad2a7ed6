import Messages

/// Why a computation of linear algebra has no result. Two errors are equal when their codes are equal.
package struct LinearAlgebraError: CodedError {
  /// The kind of fault.
  package enum Code: String, Hashable, Sendable {
    /// The library that computes it is not installed.
    case missingLibrary
    /// A number is infinite or not a number.
    case notFinite
    /// The matrix has more rows or columns than the library counts.
    case tooLarge
    /// The iteration found no eigenvalues.
    case noConvergence
  }

  /// The kind of fault.
  package let code: Code
  /// The fault in words, with the values, and a remedy.
  package let message: String

  package init(_ code: Code, _ message: String) {
    self.code = code
    self.message = message
  }
}
