import Messages
import ModelDescriptor
import ResNetGraph
import TensorCore
import WeightFiles

/// The fate of a source's tensors, decided from their names and shapes before any of them is read.
struct ImportPlan {
  var descriptor: ModelDescriptor
  var graph: Graph
  /// For each tensor of the source, in its order, the graph's name; nil when it is left out.
  var names: [String?]
  /// The tensors by the graph's names.
  var mapped: [String: MappedTensor]
  var notes: [Remark]
}

extension ImportSource {
  /// Decides on the network and checks that its weights are complete. Nothing is read.
  ///
  /// - Throws: ``ImportError`` with `duplicateTensor`, `architecture`, `classes`, `preprocessing`, `labels`, `tooLarge` or
  ///   `tensors`.
  func plan(options: ImportOptions) throws(ImportError) -> ImportPlan {
    let mapping = nameMapping(options: options)
    var notes = notes
    let mapped = try mappedTensors(mapping)
    let shapes = mapped.mapValues(\.shape)
    var claims = claims
    claims.habitualPreprocessing = mapping.convention.preprocessing ?? claims.habitualPreprocessing
    var assumptions = options.architecture == nil ? claims.assumptions : []
    var inferred: Graph?
    if options.architecture == nil, claims.architecture == nil {
      guard let reading = ArchitectureInference(shapes: shapes, hints: hints(mapping, options)).infer() else {
        throw ImportError(
          .architecture, file: path, Mismatch(self, mapping, options: options).nothingFits())
      }
      if let question = reading.question { throw ImportError(.architecture, file: path, question) }
      inferred = reading.graph
      claims.architecture = .record(reading.architecture)
      claims.evidence = "as the tensors' names and shapes say"
      claims.basis = reading.basis
      notes += reading.notes
      if reading.architecture.head == .none {
        notes.append(
          "head: there is none; the network puts out its \(reading.architecture.classes) pooled features")
      }
      assumptions += reading.assumptions + mapping.assumptions
    }
    var (descriptor, graph) = try claims.descriptor(
      for: shapes, inferred: inferred, options: options, notes: &notes)
    if options.architecture == nil, let basis = claims.basis {
      assumptions += descriptor.architecture.unseenProperties.map { Assumption($0, evidence: basis) }
    }
    notes += Assumption.notes(assumptions) + mapping.notes
    try requirePlausible(for: graph)
    let fit = TensorFit(graph, shapes: shapes)
    guard fit.isPerfect else {
      throw ImportError(
        .tensors, file: path, Mismatch(self, mapping, options: options).explanation(of: fit, graph))
    }
    descriptor.sourceNames = sourceNames(mapping, graph: graph)
    descriptor.assumptions =
      assumptions + claims.assumptionsBeyondArchitecture(of: descriptor, options: options)
    return ImportPlan(
      descriptor: descriptor, graph: graph, names: mapping.names, mapped: mapped, notes: notes)
  }

  /// The graph's names for the tensors.
  func nameMapping(options: ImportOptions) -> NameMap.Result {
    var architecture = options.architecture
    switch claims.architecture {
    case .record(let claimed): architecture = architecture ?? claimed
    case .name(let name): architecture = architecture ?? Architecture.presets.first { $0.name == name }
    case nil: break
    }
    return NameMap.map(weights.tensors.map { ($0.name, $0.shape) }, architecture: architecture)
  }

  /// Signs other than tensors that speak for one architecture or another.
  private func hints(
    _ mapping: NameMap.Result, _ options: ImportOptions
  ) -> ArchitectureInference.Hints {
    ArchitectureInference.Hints(
      fileName: FileName(path), hasBlurFilters: mapping.hasBlurFilters, convention: mapping.convention,
      settings: options.settings)
  }

  private func mappedTensors(_ mapping: NameMap.Result) throws(ImportError) -> [String: MappedTensor] {
    var mapped: [String: MappedTensor] = [:]
    for (index, tensor) in weights.tensors.enumerated() {
      guard let name = mapping.names[index] else { continue }
      let own = MappedTensor(
        index: index, sourceName: tensor.name, shape: mapping.shapes[index], layout: mapping.layouts[name])
      if let other = mapped.updateValue(own, forKey: name) {
        throw ImportError(
          .duplicateTensor, file: path,
          "'\(other.sourceName)' and '\(tensor.name)' both mean '\(name)'; save only one of the two")
      }
    }
    return mapped
  }

  /// Refuses weights that are far larger than the architecture's before memory is taken for them. If they are only a
  /// little larger, a later check names the tensors that are too many.
  private func requirePlausible(for graph: Graph) throws(ImportError) {
    let needed = graph.parameters.reduce(0.0) { $0 + Double($1.shape.elementCount) }
    let given = weights.tensors.reduce(0.0) { $0 + Double($1.shape.elementCount) }
    guard 4 * given < Double(Machine.memoryByteCount) else {
      throw ImportError(
        .tooLarge, file: path,
        "the file holds \(Int(given)) numbers, too many for the \(Machine.memoryByteCount >> 20) MiB of memory of this machine"
      )
    }
    guard given <= 4 * needed + 0x1p24 else {
      throw ImportError(
        .tooLarge, file: path,
        "the file holds \(Int(given)) numbers, but \(graph.architecture.name ?? "the architecture") has \(Int(needed))"
      )
    }
  }
}
