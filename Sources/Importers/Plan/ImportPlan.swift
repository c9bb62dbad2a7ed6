import Messages
import ModelDescriptor
import ResNetGraph
import TensorCore

/// What becomes of a source's tensors, decided from their names and shapes before any of them is read.
struct ImportPlan {
  var descriptor: ModelDescriptor
  var graph: Graph
  /// For each tensor of the source, in its order, the graph's name; nil when it is left out.
  var names: [String?]
  /// The tensors by the graph's names.
  var mapped: [String: SourceTensor]
  var notes: [Remark]
}

extension WeightSource {
  /// Decides what the weights are, and that they are complete. Nothing is read.
  ///
  /// - Throws: ``ImportError`` with `duplicateTensor`, `architecture`, `classes`, `preprocessing`, `labels`, `tooLarge` or
  ///   `tensors`.
  func plan(options: ImportOptions) throws(ImportError) -> ImportPlan {
    let mapping = nameMapping(options: options)
    let source = arranged(by: mapping)
    var notes = notes
    let mapped = try source.mappedTensors(mapping.names)
    let shapes = mapped.mapValues(\.shape)
    var claims = claims
    var assumptions = options.architecture == nil ? claims.assumptions : []
    let mismatch = Mismatch(source, names: mapping.names, options: options)
    if options.architecture == nil, claims.architecture == nil {
      guard let reading = ArchitectureInference(shapes: shapes, hints: hints(mapping)).infer() else {
        throw ImportError(.architecture, file: file, mismatch.nothingFits())
      }
      claims.architecture = .record(reading.architecture)
      claims.evidence = "as the tensors' names and shapes say"
      claims.basis = reading.basis
      notes += reading.notes
      assumptions += reading.assumptions + mapping.assumptions
    }
    var descriptor = try claims.descriptor(for: shapes, options: options, notes: &notes)
    if options.architecture == nil, let basis = claims.basis {
      assumptions += descriptor.architecture.unseenProperties.map { Assumption($0, evidence: basis) }
    }
    notes += Assumption.notes(assumptions) + mapping.notes
    let graph: Graph
    do {
      graph = try Graph(descriptor.architecture)
    } catch {
      throw ImportError(.architecture, file: file, "architecture: \(error)")
    }
    try requirePlausible(for: graph)
    let fit = TensorFit(graph, shapes: shapes)
    guard fit.isPerfect else { throw ImportError(.tensors, file: file, mismatch.explanation(of: fit, graph)) }
    descriptor.sourceNames = source.sourceNames(mapping, graph: graph)
    descriptor.assumptions =
      assumptions + claims.assumptionsBeyondArchitecture(of: descriptor, options: options)
    return ImportPlan(
      descriptor: descriptor, graph: graph, names: mapping.names, mapped: mapped, notes: notes)
  }

  /// What the tensors are called in the graph.
  func nameMapping(options: ImportOptions) -> NameMap.Result {
    var architecture = options.architecture
    switch claims.architecture {
    case .record(let claimed): architecture = architecture ?? claimed
    case .name(let name): architecture = architecture ?? Architecture.presets.first { $0.name == name }
    case nil: break
    }
    return NameMap.map(tensors.map { ($0.name, $0.shape) }, architecture: architecture)
  }

  /// What beside the tensors speaks for one architecture or another.
  func hints(_ mapping: NameMap.Result) -> ArchitectureInference.Hints {
    ArchitectureInference.Hints(
      fileName: FileName(file), hasBlurFilters: mapping.hasBlurFilters, convention: mapping.convention)
  }

  /// The same source with its tensors in the graph's layout.
  private func arranged(by mapping: NameMap.Result) -> WeightSource {
    var source = self
    for (index, name) in mapping.names.enumerated() {
      if let name, let layout = mapping.layouts[name] {
        source.tensors[index] = tensors[index].arranged(layout)
      }
    }
    return source
  }

  private func mappedTensors(_ names: [String?]) throws(ImportError) -> [String: SourceTensor] {
    var mapped: [String: SourceTensor] = [:]
    for (name, tensor) in zip(names, tensors) {
      guard let name else { continue }
      if let other = mapped.updateValue(tensor, forKey: name) {
        throw ImportError(
          .duplicateTensor, file: file,
          "'\(other.name)' and '\(tensor.name)' are both '\(name)' here; save only one of the two")
      }
    }
    return mapped
  }
}
