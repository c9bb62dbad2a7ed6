package import TensorCore

/// Reads every tensor of a file of weights as ``importWeights(_:options:)`` does, whatever network they are of.
///
/// - Returns: the tensors by the file's own names.
/// - Throws: ``ImportError``.
package func readWeights(_ path: String) throws(ImportError) -> [(name: String, tensor: Tensor)] {
  let source = try openWeights(path, options: ImportOptions())
  let fingerprint = source.fingerprint?()
  var tensors: [(name: String, tensor: Tensor)] = []
  for tensor in source.tensors { tensors.append((tensor.name, try tensor.read())) }
  _ = try source.finish()
  _ = try fingerprint?.finish()
  return tensors
}
