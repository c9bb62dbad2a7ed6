package import Files
package import Messages
package import TensorCore

/// The tensors of all the files that an index names.
package final class ShardedWeights: WeightSource {
  package let path: String
  package let container: String
  package let byteCount: Int
  package let tensors: [SourceTensor]
  package let notes: [Remark]
  package let wholeFile: InputFile? = nil
  /// The texts that each file carries.
  package let texts: [[String: String]]
  private let files: [any WeightSource]
  /// The file of each tensor, and its place there.
  private let places: [(file: Int, index: Int)]

  /// The texts of the first file.
  package var metadata: [String: String] { texts.first ?? [:] }

  init(_ files: [any WeightSource], index path: String) {
    self.path = path
    self.files = files
    let kind = files.allSatisfy { $0 is SafetensorsWeights } ? "safetensors" : "PyTorch"
    container = "an index of \(files.count) \(kind) files"
    notes = ["files: \(files.count), as the index says"] + files.flatMap(\.notes)
    byteCount = files.reduce(0) { $0 + $1.byteCount }
    texts = files.map(\.metadata)
    tensors = files.flatMap(\.tensors)
    places = files.indices.flatMap { file in files[file].tensors.indices.map { (file, $0) } }
  }

  package func read(_ index: Int) throws(WeightFileError) -> Tensor {
    try files[places[index].file].read(places[index].index)
  }

  package func elements(_ index: Int) throws(WeightFileError) -> SourceElements {
    try files[places[index].file].elements(places[index].index)
  }

  package func finish() throws(WeightFileError) -> [String] {
    var notes: [String] = []
    for file in files { notes += try file.finish() }
    return notes
  }
}
