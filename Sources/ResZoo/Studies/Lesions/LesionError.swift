public import Messages

/// Why a study of lesions cannot be done. Two errors are equal when their codes are equal.
public struct LesionError: CodedError, Sendable {
  /// A kind of fault.
  public enum Code: String, Hashable, Sendable {
    /// A network has no block that can be left out, or no answer that is right or wrong.
    case network
    /// A number of sets or of blocks cannot be.
    case options
    /// No image could be read.
    case images
    /// Another process works on the same results.
    case busy
  }

  /// The kind of fault.
  public let code: Code
  /// The name of the network, or the path of the file.
  public let subject: String?
  /// A description of the fault, with the values, and a remedy.
  public let message: String

  init(_ code: Code, _ subject: String? = nil, _ message: String) {
    self.code = code
    self.subject = subject
    self.message = message
  }
}
