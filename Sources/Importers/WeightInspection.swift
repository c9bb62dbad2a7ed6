import Files
public import Messages
public import ModelDescriptor
public import TensorCore

/// One tensor of a source, not read.
public struct InspectedTensor: Hashable, Sendable {
  /// The name that the source gives it.
  public let sourceName: String
  /// The graph's name; nil when it is left out.
  public let name: String?
  /// The extents as the source has them.
  public let shape: Shape
  /// The type of its elements, as the source calls it.
  public let type: String
  /// The size of its elements in the source's type.
  public let byteCount: Int
  /// Why it is left out; nil when it is not.
  public let skipped: String?
}

/// What a file or folder of weights holds, as far as its index tells; no element of a tensor was read.
public struct WeightInspection: Sendable {
  /// What kind of file or folder it is, in words.
  public var container: String
  /// The bytes of the file, or of all files together.
  public var byteCount: Int
  /// The tensors in the source's order; none when ``problem`` says why.
  public var tensors: [InspectedTensor] = []
  /// The texts that a safetensors file carries.
  public var metadata: [String: String] = [:]
  /// The keys that lead to the table of tensors in a training checkpoint, with dots between them.
  public var stateDict: String?
  /// Keys of other tables in the file.
  public var otherStateDicts: [String] = []
  /// What the pickles of a PyTorch file name and do; nil for other files.
  public var pickles: PickleSurvey?
  /// What an import would make of it.
  public var descriptor: ModelDescriptor?
  /// What an import would say, a sentence each.
  public var notes: [Remark] = []
  /// Why an import would refuse tensors that can be listed.
  public var refusal: ImportError?
  /// Why not even the tensors can be listed: the file is damaged, hostile, or holds something else.
  public var problem: ImportError?
}

/// Whether a path leads to weights that ``inspectWeights(_:stateDictKey:)`` understands, by its first bytes and its name.
public func holdsWeights(_ path: String) -> Bool {
  // No checkpoint is a folder, and what is wrong with one is said by its own reader.
  if isFolder(path) { return !path.hasSuffix(".rzoo") }
  if isSafetensorsIndex(path) { return true }
  guard let file = try? InputFile.open(path), let kind = try? FileKind(file) else { return false }
  switch kind {
  case .torch, .safetensors: return true
  case .checkpoint: return false
  case .other: return [".pth", ".pt", ".th", ".safetensors"].contains { path.hasSuffix($0) }
  }
}

/// Looks into a file or folder of weights without reading them, and without executing anything that a file asks for.
///
/// A PyTorch file's pickles are surveyed to their end even where an import would stop at the first thing that it refuses.
///
/// - Parameter stateDictKey: where in a training checkpoint to look, as ``ImportOptions/stateDictKey``.
/// - Throws: ``ImportError`` for what cannot be opened, or is nothing that weights are kept in.
/// - Complexity: linear in the size of the file's index; memory of that order, and some MiB for a survey.
public func inspectWeights(
  _ path: String, stateDictKey: String? = nil
) throws(ImportError) -> WeightInspection {
  let options = ImportOptions(stateDictKey: stateDictKey)
  if isFolder(path) { return WeightInspection(try openRawExport(folder: path), options: options) }
  let file = try InputFile.open(path)
  guard !isSafetensorsIndex(path), case .torch(let container) = try FileKind(file) else {
    return WeightInspection(try openWeights(path, options: options), options: options)
  }
  let survey = PickleSurvey(file, container: container)
  var inspection: WeightInspection
  do {
    inspection = WeightInspection(
      try openPyTorch(file, container: container, options: options), options: options)
  } catch {
    inspection = WeightInspection(container: container.rawValue, byteCount: file.size)
    inspection.problem = error
  }
  inspection.pickles = survey
  return inspection
}

extension WeightInspection {
  fileprivate init(_ source: WeightSource, options: ImportOptions) {
    var source = source
    if let published = FileName(source.file).published {
      source.adopt(published)
      source.notes.append("published: by the file's name; its digest is compared when it is converted")
    }
    container = source.container
    byteCount = source.byteCount
    metadata = source.metadata
    stateDict = source.stateDict?.key
    otherStateDicts = source.stateDict?.others.map(\.key) ?? []
    tensors = source.inspectedTensors(names: source.nameMapping(options: options).names)
    do {
      let plan = try source.plan(options: options)
      descriptor = plan.descriptor
      notes = plan.notes
    } catch {
      notes = source.notes
      refusal = error
    }
  }
}
