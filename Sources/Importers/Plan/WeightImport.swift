import Messages
import ModelDescriptor
import PublishedModels
import ResNetGraph
import ResNetModel
public import TensorCore

/// An import whose source stays open, so that what is made of it can be compared with it.
public final class WeightImport {
  private let source: WeightSource
  private let options: ImportOptions
  /// What is known of the source as a file that somebody published.
  private let published: PublishedWeights?
  /// What was decided; the comparison needs it.
  private var plan: ImportPlan?

  /// Opens weights as other programs keep them. Nothing but their index is read.
  ///
  /// - Throws: ``ImportError``.
  public init(_ path: String, options: ImportOptions = ImportOptions()) throws(ImportError) {
    self.options = options
    if isFolder(path) {
      source = try openRawExport(folder: path)
      published = nil
    } else {
      var source = try openWeights(path, options: options)
      published = options.published ?? FileName(path).published
      if let published { source.adopt(published) }
      self.source = source
    }
  }

  /// Decides what the weights are, reads them, and makes the model.
  ///
  /// - Throws: ``ImportError``.
  /// - Complexity: O(size of the source) in time; the memory is that of the weights.
  public func report() throws(ImportError) -> ImportReport {
    do {
      return try makeReport()
    } catch {
      // That it is not the published file explains every other fault.
      if published != nil { _ = try source.fingerprint?().finish() }
      throw error
    }
  }

  private func makeReport() throws(ImportError) -> ImportReport {
    var plan = try source.plan(options: options)
    self.plan = plan
    let fingerprint = source.fingerprint?()
    var parameters: [String: Tensor] = [:]
    for name in plan.names {
      guard let name else { continue }
      parameters[name] = try plan.mapped[name]?.read()
    }
    plan.notes += try source.finish().map(Remark.init(_:))
    if let fingerprint { plan.descriptor.origin.sha256 = try fingerprint.finish() }
    do {
      let model = try Model(descriptor: plan.descriptor, parameters: parameters)
      return ImportReport(
        model: model, notes: plan.notes, container: source.container, byteCount: source.byteCount,
        tensors: source.inspectedTensors(names: plan.names))
    } catch {
      switch error {
      case .descriptor: throw ImportError(.architecture, file: source.file, "\(error)")
      case .parameters, .checkpoint: throw ImportError(.tensors, file: source.file, "\(error)")
      }
    }
  }

  /// Reads every tensor of the source once more and compares it with what `load` gives, bit for bit.
  ///
  /// The elements are taken from the source by another way than in the import: by strides one for one, and by narrowing
  /// what was written back to the source's type.
  ///
  /// - Parameter load: the tensors of the given names, as they are stored; a few MiB are asked for at a time.
  /// - Throws: ``ImportError``, and whatever `load` throws.
  /// - Precondition: ``report()`` has succeeded.
  /// - Complexity: O(number of weights) in time; memory for the largest tensor twice and 16 MiB.
  public func compare(loading load: (Set<String>) throws -> [String: Tensor]) throws -> Fidelity {
    guard let plan else { preconditionFailure("there is nothing to compare before the import") }
    var fidelity = Fidelity()
    var group: [(name: String, tensor: SourceTensor)] = []
    var size = 0
    func flush() throws {
      let loaded = try load(Set(group.map(\.name)))
      for (name, tensor) in group {
        fidelity.add(try tensor.elements(), loaded[name], name: tensor.name)
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

extension WeightSource {
  /// The tensors as a report lists them.
  ///
  /// - Parameter names: for each tensor the graph's name, nil where it is left out.
  func inspectedTensors(names: [String?]) -> [InspectedTensor] {
    zip(names, tensors).map { name, tensor in
      InspectedTensor(
        sourceName: tensor.name, name: name, shape: tensor.shape, type: tensor.type,
        byteCount: tensor.byteCount, skipped: name == nil ? NameMap.reasonToSkip(tensor.name) : nil)
    }
  }
}
