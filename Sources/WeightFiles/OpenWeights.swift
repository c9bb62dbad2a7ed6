import Files
import Messages
import Platform

/// Opens weights by the first bytes of a file: a PyTorch file in any of its containers, a safetensors file, the index of several files,
/// NumPy's archive or pickle, Keras's archive or HDF5; or a folder, of a raw float export or of a model hub. Nothing in a file is
/// executed. An ONNX model is none of them: its constants are weights only by their place in its graph.
///
/// - Parameter stateDictKey: the place of the weights in a training checkpoint, with dots between keys; nil looks in the usual places.
/// - Throws: ``WeightFileError`` with any of its codes; everything in the source is untrusted.
/// - Complexity: linear in the size of the file's index.
package func openWeights(
  _ path: String, stateDictKey: String? = nil
) throws(WeightFileError) -> any WeightSource {
  let path = try WeightLocation(path).path
  if isFolder(path) { return try RawExport(folder: path) }
  let file = try InputFile.open(path)
  if isShardIndex(path) { return try openSafetensors(file) }
  switch try FileKind(file) {
  case .pytorch(let container):
    return try PyTorchFile(file, container: container, stateDictKey: stateDictKey)
  case .safetensors: return try openSafetensors(file)
  case .numpy: return try openNumPyArchive(file)
  case .hdf5: return try openKeras(file, in: 0..<file.size, container: "an HDF5 file")
  case .keras: return try openKerasArchive(file)
  case .checkpoint:
    throw WeightFileError(
      .unknownFormat, file: path, "this is a ResZoo checkpoint (.rzoo) already and needs no conversion")
  case .other(let kind) where !kind.isKnown && path.hasSuffix(".safetensors"):
    // The reader of the format that the name promises says best where the file departs from it.
    return try openSafetensors(file)
  case .onnx:
    throw WeightFileError(
      .unknownFormat, file: path,
      "this is an ONNX model, whose constants are weights only by their place in its graph")
  case .other(let kind): throw WeightFileError(kind, file: path)
  }
}

extension WeightFileError {
  /// A file or folder of a kind that no weights are read from.
  init(_ kind: ForeignKind, file: String) {
    self.init(
      .unknownFormat, file: file, "this is \(kind.what), not weights that are read here; \(kind.wayOut)")
  }
}

/// True if a path leads to weights that `openWeights` understands, by the file's first bytes and its name.
public func holdsWeights(_ path: String) -> Bool {
  if isFolder(path) {
    // No checkpoint is a folder, and its own reader says what is wrong with one that is.
    guard !path.hasSuffix(".rzoo") else { return false }
    // Several files of weights are weights, too: the error that asks for one of them is the answer.
    do { _ = try WeightLocation(path) } catch { return error.code == .ambiguousFolder }
    return true
  }
  if isShardIndex(path) { return true }
  guard let file = try? InputFile.open(path) else { return false }
  let kind: FileKind
  // Of a file of two kinds, its reader says so.
  do { kind = try FileKind(file) } catch { return error.code == .malformedArchive }
  switch kind {
  case .pytorch, .safetensors, .numpy, .hdf5, .keras, .onnx: return true
  case .checkpoint: return false
  case .other: return [".pth", ".pt", ".th", ".safetensors", ".onnx"].contains { path.hasSuffix($0) }
  }
}

/// True if a file holds weights that `openWeights` understands, whatever its name; JSON does only if it is the index of several files.
public func isWeightFile(_ path: String) -> Bool {
  guard !isFolder(path), let file = try? InputFile.open(path),
    let start = try? file.array(in: 0..<min(FileKind.startSize, file.size))
  else { return false }
  return ShardIndex.isLikely(start) ? (try? ShardIndex(file)) != nil : holdsWeights(path)
}

/// True if a safetensors or ONNX file says near its beginning that this program wrote it.
public func isOwnExport(_ path: String) -> Bool {
  guard let file = try? InputFile.open(path),
    let start = try? file.array(in: 0..<min(1 << 16, file.size))
  else { return false }
  // The members of safetensors' metadata come first, sorted; an ONNX model begins with the version of its format and the producer.
  let metadata = Array("{\"__metadata__\":{".utf8)
  if start.dropFirst(8).starts(with: metadata) {
    // Within a text the quotation marks would have backslashes before them.
    let text = String(decoding: start.dropFirst(8), as: UTF8.self)
    return text.contains(",\"reszoo.architecture\":") || text.contains(",\"reszoo.origin\":")
  }
  return start.count > 10 && start[0] == 0x08
    && start[2...].starts(with: [0x12, 0x06] + Array("reszoo".utf8))
}

/// The kind of a file of weights with its article, by its first bytes; nil for PyTorch's and safetensors files, whose names say
/// it, and for other files.
public func unusualKind(_ path: String) -> String? {
  guard !isFolder(path), let file = try? InputFile.open(path), let kind = try? FileKind(file) else {
    return nil
  }
  switch kind {
  case .onnx: return "an ONNX model"
  case .numpy: return "an archive of NumPy arrays"
  case .hdf5: return "an HDF5 file, as Keras writes it"
  case .keras: return "a Keras model"
  case .pytorch, .safetensors, .checkpoint, .other: return nil
  }
}
