public import Messages
public import WeightFiles

/// Why weights of another program could not be imported. Two errors are equal when their codes are equal.
public struct ImportError: CodedError, ExplainedError {
  /// The kind of a fault.
  public enum Code: Hashable, Sendable, CustomStringConvertible {
    /// The file or folder could not be read as weights.
    case file(WeightFileError.Code)
    /// Two tensors have the same name after names were mapped.
    case duplicateTensor
    /// Tensors are of a type that weights cannot have, such as integers.
    case unsuitableElementType
    /// The weights are far larger than those of the architecture.
    case tooLarge
    /// No option and no manifest names the architecture, or the named one is not sound.
    case architecture
    /// The weights have another number of classes than was asked for.
    case classes
    /// The preprocessing is unknown, not sound, or does not go with the architecture.
    case preprocessing
    /// The number of labels is not the number of classes.
    case labels
    /// A record beside the weights, such as `config.json`, cannot be read.
    case record
    /// The tensors are not those of the architecture; the message lists all differences.
    case tensors
    /// A graph of operators is that of no network that can be described, or answers differently.
    case graph

    /// The code as one word, for example `missingStorage`.
    public var description: String {
      switch self {
      case .file(let code): code.rawValue
      case .duplicateTensor: "duplicateTensor"
      case .unsuitableElementType: "unsuitableElementType"
      case .tooLarge: "tooLarge"
      case .architecture: "architecture"
      case .classes: "classes"
      case .preprocessing: "preprocessing"
      case .labels: "labels"
      case .record: "record"
      case .tensors: "tensors"
      case .graph: "graph"
      }
    }
  }

  /// The kind of fault.
  public let code: Code
  /// The fault in words, with the values and a way out.
  public let remark: Remark
  /// The file or folder at fault.
  public let file: String

  /// An error about a file or folder.
  package init(_ code: Code, file: String, _ remark: Remark) {
    self.code = code
    self.remark = remark
    self.file = file
  }

  /// The error of an import that cannot read its source.
  package init(_ error: WeightFileError) {
    self.init(.file(error.code), file: error.file, error.remark)
  }

  /// The text of ``remark``.
  public var message: String { remark.description }

  public var explanation: Remark { "\(file): \(remark)" }

  public var subject: String? { file }
}
