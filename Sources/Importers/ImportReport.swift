public import Messages
public import ResNetModel

/// An imported model and what was decided on the way.
public struct ImportReport: Sendable {
  /// The network with its weights; its descriptor holds what was assumed.
  public let model: Model
  /// A sentence for each thing that was assumed, renamed or left out.
  public let notes: [Remark]
  /// What kind of file or folder the source is, in words.
  public let container: String
  /// The bytes of the source, of all files together.
  public let byteCount: Int
  /// The source's tensors in its order, with what became of each.
  public let tensors: [InspectedTensor]
}
