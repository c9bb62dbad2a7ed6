import Datasets
public import Messages

/// A reason why a training cannot begin or continue. Two errors are equal when their codes are equal.
public struct TrainingError: CodedError, ExplainedError {
  /// A kind of fault.
  public enum Code: String, Hashable, Sendable {
    /// An option has an impossible value, or contradicts another one.
    case options
    /// The selected part is not in the network.
    case selection
    /// The data set cannot be trained on: too few classes, an empty class, or too many unreadable images.
    case data
    /// The network does not fit the images.
    case network
    /// There is not enough memory.
    case memory
    /// Loss or weights are no longer finite.
    case diverged
    /// A file of the run cannot be read or written.
    case file
    /// The state belongs to another run, or is damaged.
    case state
    /// Another process writes the same output.
    case busy
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

  /// ``explanation`` as text.
  public var message: String { explanation.description }
}

extension TrainingError {
  /// The error of a training whose data set cannot be used.
  init(_ error: DatasetError) {
    let code: Code =
      switch error.code {
      case .options: .options
      case .data: .data
      case .file: .file
      }
    self.init(code, error.explanation)
  }
}
