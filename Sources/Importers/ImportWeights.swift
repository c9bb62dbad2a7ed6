import Files
import Messages
import TensorCore

/// Imports weights as other programs keep them, whatever the form: a raw float export (a folder), a PyTorch file in any of
/// its containers, a safetensors file, or the index of several. Nothing in a file is executed.
///
/// - Parameters:
///   - path: the file or folder.
///   - options: what is decided already; the source is heard on the rest.
/// - Throws: ``ImportError`` with any of its codes; everything in the source is untrusted.
/// - Complexity: O(size of the file) in time; the memory is that of the weights.
public func importWeights(
  _ path: String, options: ImportOptions = ImportOptions()
) throws(ImportError) -> ImportReport {
  try WeightImport(path, options: options).report()
}

/// Opens a file of weights by its first bytes.
func openWeights(_ path: String, options: ImportOptions) throws(ImportError) -> WeightSource {
  let file = try InputFile.open(path)
  if isSafetensorsIndex(path) { return try openSafetensors(file) }
  switch try FileKind(file) {
  case .torch(let container): return try openPyTorch(file, container: container, options: options)
  case .safetensors: return try openSafetensors(file)
  case .checkpoint:
    throw ImportError(
      .unknownFormat, file: path, "this is a checkpoint of this program (.rzoo), which needs no conversion")
  case .other where path.hasSuffix(".safetensors"):
    // What its name promises says best what is wrong.
    return try openSafetensors(file)
  case .other(let what):
    throw ImportError(
      .unknownFormat, file: path, "this is \(what), not weights; .pth, .th and .safetensors files are read")
  }
}
