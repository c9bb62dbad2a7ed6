import Files
import Messages
import ModelDescriptor
import PublishedModels
import ResNetGraph
import ResNetModel
public import TensorCore
import WeightFiles

/// An import whose source stays open, so that a checkpoint made of it can be compared with it.
public final class WeightImport {
  let source: ImportSource
  private let options: ImportOptions
  /// True if somebody published the file, and its digest with it.
  private let isPublished: Bool
  /// The plan that ``report()`` followed; the comparison needs it.
  private var plan: ImportPlan?

  /// Opens weights as other programs keep them. Nothing but their index is read.
  ///
  /// - Throws: ``ImportError``.
  public init(_ path: String, options: ImportOptions = ImportOptions()) throws(ImportError) {
    self.options = options
    let location: WeightLocation
    do { location = try WeightLocation(path) } catch { throw ImportError(error) }
    var source = try ImportSource(try openSource(location.path, options: options))
    source.notes += location.notes
    try source.hearRecords(options: options)
    let published = isFolder(path) ? nil : options.published ?? FileName(path).published
    if let published {
      source.adopt(published)
      source.notes.append(
        published.hasWholeDigest
          ? "checked: \(published.digestText)"
          : "checked: only \(published.digestText), as no more are known: that finds damage, and no file made to have the same"
      )
    }
    isPublished = published != nil
    self.source = source
  }

  /// Decides on the network, reads the weights, and makes the model.
  ///
  /// - Throws: ``ImportError``.
  /// - Complexity: O(size of the source) in time; the memory is that of the weights.
  public func report() throws(ImportError) -> ImportReport {
    do {
      return try makeReport()
    } catch {
      // If it is not the published file, that explains every other fault.
      if isPublished { _ = try source.fingerprint()?.digest() }
      throw error
    }
  }

  private func makeReport() throws(ImportError) -> ImportReport {
    var source = source
    var plan = try source.plan(options: options)
    let fingerprint = source.fingerprint()
    if let fingerprint, !isPublished {
      let candidates = source.publishedCandidates(for: plan, among: ModelIndex.own.entries)
      if !candidates.isEmpty, source.recognise(digest: try fingerprint.digest(), among: candidates) {
        plan = try source.plan(options: options)
      }
    }
    self.plan = plan
    try source.requireNumbers(ofFilters: plan.filters)
    var parameters: [String: Tensor] = [:]
    for name in plan.names {
      guard let name else { continue }
      parameters[name] = try plan.mapped[name]?.read(from: source)
    }
    for (name, shape) in plan.zeros {
      parameters[name] = Tensor(shape: shape, floats: Array(repeating: 0, count: shape.elementCount))
    }
    if !plan.descriptor.untrained.isEmpty {
      parameters.merge(plan.graph.initialTensors(seed: 0) { plan.graph.head.contains($0.node) }) { own, _ in
        own
      }
    }
    plan.notes += try source.finish()
    if let fingerprint { plan.descriptor.origin.sha256 = try fingerprint.digest() }
    do {
      let model = try Model(
        descriptor: plan.descriptor, graph: plan.graph, tensors: WidenedTensors(parameters))
      return ImportReport(
        model: model, notes: plan.notes, assumptions: plan.assumptions, container: source.weights.container,
        byteCount: source.weights.byteCount,
        tensors: source.inspectedTensors(names: plan.names, reasons: plan.reasons))
    } catch {
      switch error {
      case .descriptor: throw ImportError(.architecture, file: source.path, "\(error)")
      case .parameters, .checkpoint: throw ImportError(.tensors, file: source.path, "\(error)")
      }
    }
  }

  /// Reads every tensor of the source once more and compares it with the one that `load` gives, bit for bit.
  ///
  /// The elements are taken from the source by another way than in the import: by strides one for one, and by narrowing
  /// the written values back to the source's type.
  ///
  /// - Parameter load: the tensors of the given names, as they are stored; a few MiB are asked for at a time.
  /// - Throws: ``ImportError``, and whatever `load` throws.
  /// - Precondition: ``report()`` has succeeded.
  /// - Complexity: O(number of weights) in time; memory for the largest tensor twice and 16 MiB.
  public func compare(loading load: (Set<String>) throws -> [String: Tensor]) throws -> Fidelity {
    guard let plan else { preconditionFailure("there is nothing to compare before the import") }
    var fidelity = Fidelity()
    var group: [(name: String, tensor: MappedTensor)] = []
    var size = 0
    func flush() throws {
      let loaded = try load(Set(group.map(\.name)))
      for (name, tensor) in group {
        fidelity.add(try tensor.elements(from: source), loaded[name], name: tensor.sourceName)
      }
      group = []
      size = 0
    }
    for parameter in plan.graph.parameters {
      guard let tensor = plan.mapped[parameter.name] else { continue }
      group.append((parameter.name, tensor))
      size += 4 * parameter.shape.elementCount
      if size >= Self.groupSize { try flush() }
    }
    try flush()
    return fidelity
  }

  /// Bytes that are loaded at once.
  private static let groupSize = 8 << 20
}

extension Fingerprint {
  /// Waits for the digest.
  fileprivate func digest() throws(ImportError) -> String {
    do { return try finish() } catch { throw ImportError(error) }
  }
}
