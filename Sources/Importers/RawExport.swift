import Files
import ModelDescriptor
import ResNetGraph
import ResNetModel
import TensorCore

/// Imports a raw float export: a folder with `manifest.json` and `weights.bin`, as `tools/export_pytorch.py` writes
/// it.
///
/// - Parameters:
///   - path: the folder.
///   - options: what is decided already; the manifest is heard on the rest.
/// - Throws: ``ImportError`` with any of its codes; everything in the folder is untrusted.
/// - Complexity: O(number of weights) in time; the memory is that of the weights.
public func importRawExport(
  folder path: String, options: ImportOptions = ImportOptions()
) throws(ImportError) -> ImportReport {
  try requireFolder(path)
  let manifestFile = try InputFile.open(path + "/manifest.json")
  let manifest = try RawManifest(manifestFile)
  let weights = try InputFile.open(path + "/weights.bin")
  let located = try manifest.locate(in: weights, manifest: manifestFile.path)

  let mapping = NameMap.map(located.map(\.name))
  var notes: [String] = []
  var tensors: [String: LocatedTensor] = [:]
  for (name, tensor) in zip(mapping.names, located) {
    guard let name else { continue }
    if let other = tensors.updateValue(tensor, forKey: name) {
      throw ImportError(
        .duplicateTensor, file: manifestFile.path,
        "'\(other.name)' and '\(tensor.name)' are both '\(name)' here")
    }
  }
  let descriptor = try manifest.claims(file: manifestFile.path).descriptor(
    for: tensors.mapValues(\.shape), options: options, notes: &notes)
  notes += mapping.notes

  try requirePlausible(weights, for: descriptor.architecture)
  var parameters: [String: Tensor] = [:]
  for (name, tensor) in tensors {
    let size = tensor.shape.elementCount * MemoryLayout<Float>.size
    parameters[name] = Tensor(
      shape: tensor.shape, elementType: .float32, buffer: try weights.bytes(count: size, at: tensor.offset))
  }
  do {
    return ImportReport(model: try Model(descriptor: descriptor, parameters: parameters), notes: notes)
  } catch {
    switch error {
    case .descriptor: throw ImportError(.architecture, file: path, "\(error)")
    case .parameters, .checkpoint: throw ImportError(.tensors, file: path, "\(error)")
    }
  }
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

/// Refuses weights that are far larger than the architecture's before memory is taken for them. What is a little
/// larger goes on, to be told which tensors are too many.
private func requirePlausible(
  _ weights: InputFile, for architecture: Architecture
) throws(ImportError) {
  let graph: Graph
  do {
    graph = try Graph(architecture)
  } catch {
    throw ImportError(.architecture, file: weights.path, "architecture: \(error)")
  }
  let needed = graph.parameters.reduce(0.0) { $0 + 4 * Double($1.shape.elementCount) }
  guard weights.size < Machine.memoryByteCount else {
    throw ImportError(
      .tooLarge, file: weights.path,
      "\(weights.size >> 20) MiB of weights; this machine has \(Machine.memoryByteCount >> 20) MiB")
  }
  guard Double(weights.size) <= 4 * needed + 0x1p26 else {
    throw ImportError(
      .tooLarge, file: weights.path,
      "\(weights.size) bytes of weights, where \(architecture.name ?? "the architecture") needs \(Int(needed))"
    )
  }
}
