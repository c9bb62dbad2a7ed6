public import Messages

/// Why a data set cannot be audited. Two errors are equal when their codes are equal.
public struct AuditError: CodedError, ExplainedError {
  /// A kind of fault.
  public enum Code: String, Hashable, Sendable {
    /// An option has a value that cannot be.
    case options
    /// The data set has no images, or the fixes are not for it.
    case data
    /// The network gives no features of images.
    case network
  }

  /// The kind of fault.
  public let code: Code
  /// A description of the fault, with the values, and a remedy.
  public let explanation: Remark

  /// An error with its explanation.
  public init(_ code: Code, _ explanation: Remark) {
    self.code = code
    self.explanation = explanation
  }

  /// The text of ``explanation``.
  public var message: String { explanation.description }
}
