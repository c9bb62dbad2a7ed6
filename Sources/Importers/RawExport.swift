import Files
import ModelDescriptor
import TensorCore

/// Opens the weights of a raw float export: a folder with `manifest.json` and `weights.bin`, as `tools/export_pytorch.py` writes
/// it.
func openRawExport(folder path: String) throws(ImportError) -> WeightSource {
  let manifestFile = try InputFile.open(path + "/manifest.json")
  let manifest = try RawManifest(manifestFile)
  let weights = try InputFile.open(path + "/weights.bin")
  let located = try manifest.locate(in: weights, manifest: manifestFile.path)
  return WeightSource(
    file: path, container: "a raw float export", byteCount: manifestFile.size + weights.size,
    tensors: located.map { tensor in
      let size = tensor.shape.elementCount * MemoryLayout<Float>.size
      func bytes() throws(ImportError) -> AlignedBuffer { try weights.bytes(count: size, at: tensor.offset) }
      return SourceTensor(name: tensor.name, shape: tensor.shape, type: "float32", byteCount: size) {
        () throws(ImportError) in
        Tensor(shape: tensor.shape, elementType: .float32, buffer: try bytes())
      } elements: { () throws(ImportError) in
        SourceElements(type: .float32, shape: tensor.shape, buffer: try bytes())
      }
    }, claims: manifest.claims(file: manifestFile.path))
}

extension RawManifest {
  /// What the manifest says about the weights, for whoever decides.
  func claims(file: String) -> SourceClaims {
    // A checkpoint holds no paths, whatever a manifest calls its source.
    let name = source.name.split(separator: "/").last.map(String.init) ?? source.name
    return SourceClaims(
      file: file, architecture: architecture, classes: classes, preprocessing: preprocessing, labels: labels,
      origin: Origin(
        kind: source.seed == nil ? .imported : .untrained, source: name, sha256: source.sha256,
        license: source.license, seed: source.seed))
  }
}
