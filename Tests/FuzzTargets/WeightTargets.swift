import Importers
import ModelDescriptor
import ResNetModel
import TensorCore
import TestSupport
import WeightFiles

extension FuzzTarget {
  /// The containers of other programs' weights.
  static let weights: [FuzzTarget] = [
    FuzzTarget("pytorch-zip", files: { [$0, ZipFile.repaired($0)] }) { try readFile($0, expansion: 64) },
    FuzzTarget("pytorch-pickle", files: { [ZipFile.archive(ofPickle: $0)] }) {
      try readFile($0, expansion: 1)
    },
    FuzzTarget("pytorch-stream") { try readFile($0, expansion: 1) },
    FuzzTarget("pytorch-tar", files: { [$0, TarFile.repaired($0)] }) { try readFile($0, expansion: 1) },
    FuzzTarget("safetensors") { try readFile($0, name: "x.safetensors", expansion: 1) },
    FuzzTarget("safetensors-header", files: { [safetensors(header: $0)] }) {
      try readFile($0, name: "x.safetensors", expansion: 1)
    },
    FuzzTarget("safetensors-index", read: readIndex),
    FuzzTarget("hub-record", read: readRecord),
    FuzzTarget("numpy-archive", files: { [$0, ZipFile.repaired($0)] }) { try readFile($0, expansion: 64) },
    FuzzTarget("numpy-pickle") { try readFile($0, name: "x.pkl", expansion: 1) },
    FuzzTarget("hdf5") { try readFile($0, expansion: 1) },
    FuzzTarget("raw-export", read: readExport),
    FuzzTarget("onnx", read: readGraph),
  ]

  /// Reads every tensor as an import does, whatever network they are of.
  private static func readAll(_ path: String) throws -> [(name: String, tensor: Tensor)] {
    let source = try openWeights(path)
    let fingerprint = source.wholeFile.map { Fingerprint($0) }
    var tensors: [(name: String, tensor: Tensor)] = []
    for (index, tensor) in source.tensors.enumerated() {
      tensors.append((tensor.name, try source.read(index)))
    }
    _ = try source.finish()
    _ = try fingerprint?.finish()
    return tensors
  }

  /// Reads a file of weights. Its tensors must not be larger than what it holds allows.
  ///
  /// - Parameter expansion: how many times its size a file may decode to.
  private static func readFile(_ bytes: [UInt8], name: String = "x.pth", expansion: Int) throws {
    let folder = TemporaryFolder()
    let tensors = try readAll(folder.write(bytes, to: name))
    let stored = bytes.count * expansion + 1 << 20
    // Four times what is stored may be there through views, and a byte of it becomes a float of four.
    let limit = 4 * (4 * stored + 1 << 20)
    let total = tensors.reduce(0) { $0 + $1.tensor.byteCount }
    precondition(total <= limit, "\(total) bytes of tensors from a file of \(bytes.count)")
    precondition(Set(tensors.map(\.name)).count == tensors.count, "two tensors of one name")
  }

  private static func safetensors(header: [UInt8], byteCount: Int = 64) -> [UInt8] {
    (0..<8).map { UInt8(truncatingIfNeeded: header.count >> (8 * $0)) } + header
      + [UInt8](repeating: 0, count: byteCount)
  }

  /// The input is the index; `a.safetensors` holds the tensor `a`, and `b.safetensors` the tensor `b`.
  private static func readIndex(_ index: [UInt8]) throws {
    let folder = TemporaryFolder()
    for name in ["a", "b"] {
      let header = #"{"\#(name)":{"dtype":"F32","shape":[2,8],"data_offsets":[0,64]}}"#
      folder.write(safetensors(header: Array(header.utf8)), to: "\(name).safetensors")
    }
    let tensors = try readAll(folder.write(index, to: "model.safetensors.index.json"))
    precondition(tensors.count <= 2, "\(tensors.count) tensors out of two files with one each")
  }

  /// Recognises a network in a graph, reads its weights, and runs the graph itself on a small image.
  private static func readGraph(_ bytes: [UInt8]) throws {
    let folder = TemporaryFolder()
    let source = try WeightImport(folder.write(bytes, to: "x.onnx"))
    let model = try source.report().model
    let input = model.descriptor.architecture.input
    if input.height * input.width <= 64 * 64 { _ = try source.referenceAnswer(seed: 1) }
  }

  /// The input is the manifest; the weights are as many zeros as those of the tests' export `tiny`.
  private static func readExport(_ manifest: [UInt8]) throws {
    let folder = TemporaryFolder()
    folder.write(manifest, to: "manifest.json")
    folder.write([UInt8](repeating: 0, count: 1652), to: "weights.bin")
    let model = try importWeights(folder.path).model
    let total = model.parameters.values.reduce(0) { $0 + $1.byteCount }
    precondition(total <= 1652, "\(total) bytes of tensors from a file of 1652")
  }

  /// The input is `config.json` and `preprocessor_config.json`, and a list of labels. What is accepted must be sound.
  private static func readRecord(_ text: [UInt8]) throws {
    let folder = TemporaryFolder()
    for name in ["config.json", "preprocessor_config.json"] { folder.write(text, to: name) }
    let labels = try? LabelList.read(text)
    precondition((labels ?? []).count <= text.count, "more labels than bytes")
    let record = try HubRecord(beside: folder.file("model.safetensors"), options: ImportOptions())
    precondition((record.labels ?? []).count <= text.count, "more labels than bytes")
    precondition(
      (try? record.architecture?.validate()) != nil || record.architecture == nil, "no sound network")
    precondition(
      (try? record.preprocessing?.validate()) != nil || record.preprocessing == nil, "no sound record")
  }
}
