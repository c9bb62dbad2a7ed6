public import Files
public import Messages

/// A choice of names for an export's tensors.
public enum ExportNames: String, Hashable, Sendable, CaseIterable {
  /// torchvision's; every batch norm has its `num_batches_tracked`.
  case torchvision
  /// timm's, which are torchvision's but for pre-activation networks; with `num_batches_tracked` too.
  case timm
  /// Those of transformers' ResNets; with `num_batches_tracked` too.
  case transformers
  /// The names of the file that the weights were imported from.
  case source
}

/// A summary of a written export.
public struct ExportReport: Sendable {
  /// The tensors in the file or folder, counters included.
  public let tensorCount: Int
  /// The bytes of all files together.
  public let byteCount: Int
  /// A sentence for each assumption, and for anything left out.
  public let notes: [Remark]
}

/// Why weights could not be exported.
public enum ExportError: ExplainedError, Hashable, Sendable {
  /// The output could not be written.
  case file(FileError)
  /// The source's names, as the checkpoint remembers them, are not names that an export can have.
  case names(Remark)
  /// The other program has no such network, or cannot prepare images so.
  case unsupported(Remark)
  /// The descriptor cannot be written as JSON.
  case descriptor(String)
  /// The output would be larger than its format allows.
  case tooLarge(String)

  public var explanation: Remark {
    switch self {
    case .file(let error): Remark(error.description)
    case .names(let remark), .unsupported(let remark): remark
    case .descriptor(let message), .tooLarge(let message): Remark(message)
    }
  }

  public var description: String { explanation.description }
}
