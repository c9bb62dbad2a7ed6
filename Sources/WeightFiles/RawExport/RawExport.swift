package import Files
package import Messages
package import TensorCore

/// A raw float export: a folder with `manifest.json` and `weights.bin`, as `tools/export_pytorch.py` writes it.
package final class RawExport: WeightSource {
  package let path: String
  package let container = "a raw float export"
  package let byteCount: Int
  package let tensors: [SourceTensor]
  package let notes: [Remark] = []
  package let wholeFile: InputFile? = nil
  /// The path of the manifest, for messages.
  package let manifestPath: String
  /// The manifest as JSON; ``RawManifest/fieldNames`` are its fields.
  package let manifest: [UInt8]
  private let weights: InputFile
  /// The first byte of each tensor in `weights.bin`.
  private let offsets: [Int]

  /// Reads the manifest and checks the tensors against the size of the weights.
  package init(folder path: String) throws(WeightFileError) {
    self.path = path
    let manifestFile = try InputFile.open(path + "/manifest.json")
    manifestPath = manifestFile.path
    let (json, content) = try RawManifest.read(manifestFile)
    manifest = json
    weights = try InputFile.open(path + "/weights.bin")
    let located = try content.locate(in: weights, manifest: manifestFile.path)
    byteCount = manifestFile.size + weights.size
    offsets = located.map(\.offset)
    tensors = located.map { tensor in
      SourceTensor(
        name: tensor.name, shape: tensor.shape, type: "float32",
        byteCount: tensor.shape.elementCount * MemoryLayout<Float>.size)
    }
  }

  package func read(_ index: Int) throws(WeightFileError) -> Tensor {
    Tensor(shape: tensors[index].shape, elementType: .float32, buffer: try bytes(index))
  }

  package func elements(_ index: Int) throws(WeightFileError) -> SourceElements {
    SourceElements(type: .float32, shape: tensors[index].shape, buffer: try bytes(index))
  }

  private func bytes(_ index: Int) throws(WeightFileError) -> AlignedBuffer {
    try weights.bytes(count: tensors[index].byteCount, at: offsets[index])
  }
}
