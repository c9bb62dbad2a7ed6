import Files
public import Messages
public import ModelDescriptor
import PublishedModels
public import TensorCore
public import WeightFiles

/// The index entry of one tensor of a source.
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
  /// The reason why it is left out; nil when it is not.
  public let skipped: String?
}

/// The contents of a file or folder of weights, as far as its index tells; no element of a tensor was read.
public struct WeightInspection: Sendable {
  /// The kind of file or folder, in words.
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
  /// The names and instructions in the pickles of a PyTorch file; nil for other files.
  public var pickles: PickleSurvey?
  /// The descriptor that an import would make.
  public var descriptor: ModelDescriptor?
  /// The assumptions of an import, with the setting that turns each.
  public var assumptions: [ImportAssumption] = []
  /// The notes of an import, a sentence each.
  public var notes: [Remark] = []
  /// The error of an import, if it would refuse tensors that can be listed.
  public var refusal: ImportError?
  /// The error by which not even the tensors can be listed: the file is damaged, hostile, or holds something else.
  public var problem: ImportError?
}

/// Looks into a file or folder of weights without reading them, and without executing anything that a file asks for.
///
/// A PyTorch file's pickles are surveyed to their end even where an import would stop at the first instruction that it refuses.
///
/// - Parameter options: the decisions that an import would be given.
/// - Throws: ``ImportError`` if the path cannot be opened, or leads to a file of another kind.
/// - Complexity: linear in the size of the file's index; memory of that order, and some MiB for a survey.
public func inspectWeights(
  _ path: String, options: ImportOptions = ImportOptions()
) throws(ImportError) -> WeightInspection {
  let location: WeightLocation
  do throws(WeightFileError) {
    location = try WeightLocation(path)
    if !isFolder(location.path), !isShardIndex(location.path) {
      let file = try InputFile.open(location.path)
      if case .pytorch(let container) = try FileKind(file) {
        return WeightInspection(pyTorchFile: file, container, notes: location.notes, options: options)
      }
    }
  } catch {
    throw ImportError(error)
  }
  return WeightInspection(
    try ImportSource(try openSource(location.path, options: options)),
    notes: location.notes,
    options: options)
}

extension WeightInspection {
  /// Surveys the pickles, and then tries to list the tensors.
  fileprivate init(
    pyTorchFile file: InputFile, _ container: TorchArchive.Container, notes: [Remark], options: ImportOptions
  ) {
    let survey = PickleSurvey(file, container: container)
    do throws(ImportError) {
      let weights: PyTorchFile
      do {
        weights = try PyTorchFile(file, container: container, stateDictKey: options.stateDictKey)
      } catch {
        throw ImportError(error)
      }
      self.init(try ImportSource(try kept(weights, options)), notes: notes, options: options)
    } catch {
      self.init(container: container.rawValue, byteCount: file.size)
      problem = error
    }
    pickles = survey
  }

  fileprivate init(_ source: ImportSource, notes found: [Remark], options: ImportOptions) {
    var source = source
    source.notes += found
    self.init(container: source.weights.container, byteCount: source.weights.byteCount)
    metadata = source.weights.metadata
    stateDict = source.weights.stateDict?.key
    otherStateDicts = source.weights.stateDict?.others.map(\.key) ?? []
    let unmapped = source.weights.tensors.map { _ in String?.none }
    tensors = source.inspectedTensors(names: unmapped, reasons: [:])
    do throws(ImportError) {
      try source.hearRecords(options: options)
    } catch {
      refusal = error
    }
    if let published = FileName(source.path).published {
      source.adopt(published)
      source.notes.append("published: by the file's name; its digest is compared when it is converted")
    }
    notes = source.notes
    guard refusal == nil else { return }
    do {
      let plan = try source.plan(options: options)
      tensors = source.inspectedTensors(names: plan.names, reasons: plan.reasons)
      descriptor = plan.descriptor
      notes = plan.notes
      assumptions = plan.assumptions
      let isNamed = FileName(source.path).published != nil
      if !isNamed, !source.publishedCandidates(for: plan, among: ModelIndex.own.entries).isEmpty {
        notes.append(
          "published: perhaps, by its size and its tensors; its SHA-256 is compared when it is converted")
      }
    } catch {
      refusal = error
    }
  }
}
