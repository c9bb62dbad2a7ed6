public import Messages

/// The reason why a network cannot run on an input.
public struct InferenceError: CodedError {
  /// The kind of fault.
  public enum Code: String, Hashable, Sendable {
    /// The network takes no images of this size.
    case size
    /// The input is no batch of images for this network.
    case shape
    /// The activations would not fit the machine's memory.
    case memory
    /// The answer is not a number.
    case notFinite
    /// The network does not answer the question: it has no head, or answers in another form.
    case answer
    /// The network is quantized, and real numbers would give other answers.
    case quantized
  }

  /// The kind of fault.
  public let code: Code
  /// A sentence that says what is wrong, with the values, and what to do.
  public let message: String

  /// An error with its message.
  public init(_ code: Code, _ message: String) {
    self.code = code
    self.message = message
  }
}
