public import Messages
public import ResNetModel

/// Imports weights as other programs keep them, whatever the form: a PyTorch file in any of its containers, a safetensors file, the
/// index of several files, a model hub's folder, an ONNX model, NumPy's or Keras's weights, or a raw float export (a folder). Nothing
/// in a file is executed.
///
/// - Parameters:
///   - path: the file or folder.
///   - options: the caller's decisions; the source decides the rest.
/// - Throws: ``ImportError`` with any of its codes; everything in the source is untrusted.
/// - Complexity: O(size of the file) in time; the memory is that of the weights.
public func importWeights(
  _ path: String, options: ImportOptions = ImportOptions()
) throws(ImportError) -> ImportReport {
  try WeightImport(path, options: options).report()
}

/// An imported model and the decisions on the way.
public struct ImportReport: Sendable {
  /// The network with its weights; its descriptor holds the assumptions.
  public let model: Model
  /// Sentences about what the network is, what was assumed, what was left out, and what was renamed, in this order.
  public let notes: [Remark]
  /// All assumptions, with the setting that turns each.
  public let assumptions: [ImportAssumption]
  /// The kind of file or folder of the source, in words.
  public let container: String
  /// The bytes of the source, of all files together.
  public let byteCount: Int
  /// The source's tensors in its order, with the fate of each.
  public let tensors: [InspectedTensor]
}
