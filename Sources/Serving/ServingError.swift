public import Messages

/// The reason why a request has no answer.
public struct ServingError: CodedError {
  /// The kind of fault.
  public enum Code: String, Hashable, Sendable, CaseIterable {
    /// The request contradicts itself or the model.
    case invalid
    /// There is no such model.
    case unknownModel
    /// The model is known and not ready.
    case unavailable
    /// As much waits already as the limits allow.
    case full
    /// The request was not begun before its deadline.
    case expired
    /// The request was cancelled before it had an answer.
    case cancelled
    /// The server takes no more requests.
    case stopping
    /// The request has more rows or bytes than one may have.
    case tooLarge
    /// The engine could not do it, for a reason that lies with the machine.
    case failed
  }

  /// The kind of fault.
  public let code: Code
  /// A sentence for the client. It names nothing of the machine.
  public let message: String

  /// An error with its message.
  public init(_ code: Code, _ message: String) {
    self.code = code
    self.message = message
  }
}
