import Files
import Messages
import WeightFiles

/// Opens weights of any kind; those of an ONNX file with the network that its graph is.
///
/// - Throws: ``ImportError``.
func openSource(_ path: String, stateDictKey: String?) throws(ImportError) -> any WeightSource {
  let model: ONNXFile
  do throws(WeightFileError) {
    guard !isFolder(path), !isShardIndex(path) else {
      return try openWeights(path, stateDictKey: stateDictKey)
    }
    let file = try InputFile.open(path)
    guard case .onnx = try FileKind(file) else { return try openWeights(path, stateDictKey: stateDictKey) }
    model = try ONNXFile(file)
  } catch {
    throw ImportError(error)
  }
  return try ONNXWeights(model)
}
