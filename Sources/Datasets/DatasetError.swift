/// Why a data set cannot be opened or used. Two errors are equal when their codes are equal.
public struct DatasetError: Error, Hashable, Sendable, CustomStringConvertible {
  /// A kind of fault.
  public enum Code: String, Hashable, Sendable {
    /// An option has a value that cannot be.
    case options
    /// The data set has no images, too few classes, or other classes than are expected.
    case data
    /// A file or folder cannot be read.
    case file
  }

  /// The kind of fault.
  public let code: Code
  /// A description of the fault, with the values, and a remedy.
  public let message: String

  /// An error with its message.
  public init(_ code: Code, _ message: String) {
    self.code = code
    self.message = message
  }

  public var description: String { message }

  public static func == (a: Self, b: Self) -> Bool { a.code == b.code }

  public func hash(into hasher: inout Hasher) { hasher.combine(code) }
}
