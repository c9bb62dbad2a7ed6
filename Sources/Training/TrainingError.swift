public import Messages

/// Why a training cannot begin or go on. Two errors are equal when their codes are equal.
public struct TrainingError: ExplainedError, Hashable, Sendable {
  /// What kind of fault it is.
  public enum Code: String, Hashable, Sendable {
    /// An option has a value that cannot be, or contradicts another one.
    case options
    /// What shall train is no part of the network.
    case selection
    /// The data set cannot be trained on: too few classes, an empty one, too many unreadable images.
    case data
    /// The network does not fit the images.
    case network
    /// There is not enough memory.
    case memory
    /// Loss or weights are no longer finite.
    case diverged
    /// A file of the run cannot be read or written.
    case file
    /// The run's state is of another run, or damaged.
    case state
    /// Another process writes the same output.
    case busy
  }

  /// What kind of fault it is.
  public let code: Code
  /// The fault with its values, and what to do.
  public let explanation: Remark

  /// An error with its explanation.
  public init(_ code: Code, _ explanation: Remark) {
    self.code = code
    self.explanation = explanation
  }

  /// ``explanation`` as text.
  public var message: String { explanation.description }

  public var description: String { message }

  public static func == (a: Self, b: Self) -> Bool { a.code == b.code }

  public func hash(into hasher: inout Hasher) { hasher.combine(code) }
}
