public import Files
public import Messages

/// Why weights could not be exported.
public enum ExportError: ExplainedError, Hashable, Sendable {
  /// The output could not be written.
  case file(FileError)
  /// The source's names, as the checkpoint remembers them, are not names that an export can have.
  case names(Remark)
  /// The descriptor cannot be written as JSON.
  case descriptor(String)
  /// The output would be larger than its format allows.
  case tooLarge(String)

  public var explanation: Remark {
    switch self {
    case .file(let error): Remark(error.description)
    case .names(let remark): remark
    case .descriptor(let message), .tooLarge(let message): Remark(message)
    }
  }

  public var description: String { explanation.description }
}
