public import Messages

/// Whose names an export's tensors have.
public enum ExportNames: String, Hashable, Sendable, CaseIterable {
  /// torchvision's; every batch norm has its `num_batches_tracked`.
  case torchvision
  /// timm's, which are torchvision's but for pre-activation networks; with `num_batches_tracked` too.
  case timm
  /// Those of the file that the weights were imported from.
  case source
}

/// What an export wrote.
public struct ExportReport: Sendable {
  /// The tensors in the file or folder, counters included.
  public let tensorCount: Int
  /// The bytes of all files together.
  public let byteCount: Int
  /// A sentence for each thing that was assumed or left out.
  public let notes: [Remark]
}
