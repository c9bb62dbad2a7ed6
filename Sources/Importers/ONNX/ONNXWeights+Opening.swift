import Files
import Messages
import WeightFiles

/// Opens weights of any kind; those of an ONNX file with the network that its graph is, and those of torchvision's quantized networks as
/// those of the network that they are.
///
/// - Parameter options: the caller's decisions; those on the state dict and on quantized networks are heard here.
/// - Throws: ``ImportError``.
func openSource(_ path: String, options: ImportOptions) throws(ImportError) -> any WeightSource {
  let model: ONNXFile?
  do { model = try onnxFile(path) } catch { throw ImportError(error) }
  if let model { return try ONNXWeights(model, dequantizing: options.dequantize) }
  let weights: any WeightSource
  do { weights = try openWeights(path, stateDictKey: options.stateDictKey) } catch {
    throw ImportError(error)
  }
  return try kept(weights, options)
}

/// The ONNX file of that path; nil for anything else.
private func onnxFile(_ path: String) throws(WeightFileError) -> ONNXFile? {
  guard !isFolder(path), !isShardIndex(path) else { return nil }
  let file = try InputFile.open(path)
  guard case .onnx = try FileKind(file) else { return nil }
  return try ONNXFile(file)
}

/// The weights of a quantized network as those of the network that it is; others as they are.
func kept(_ weights: any WeightSource, _ options: ImportOptions) throws(ImportError) -> any WeightSource {
  guard let file = weights as? PyTorchFile else { return weights }
  return try QuantizedModules(file, dequantizing: options.dequantize) ?? weights
}
