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
  /// The reasons why tensors are left out, by their places in the source.
  var reasons: [Int: String]
  /// The places of fixed filters, whose numbers must be the network's.
  var filters: [Int]
  /// The tensors that are zeros, by the graph's names.
  var zeros: [String: Shape]
  var notes: [Remark]
  var assumptions: [ImportAssumption]
}

extension ImportSource {
  /// Decides on the network and checks that its weights are complete. Nothing is read.
  ///
  /// - Throws: ``ImportError`` with `unsuitableElementType`, `duplicateTensor`, `architecture`, `classes`, `preprocessing`, `labels`, `tooLarge` or
  ///   `tensors`.
  func plan(options: ImportOptions) throws(ImportError) -> ImportPlan {
    let network = try network(options: options)
    let mapping = network.mapping
    var notes = notes
    let mapped = try mappedTensors(mapping)
    try requireSuitable(mapped, integers: false)
    let shapes = mapped.mapValues(\.shape).merging(network.newHead) { $1 }.merging(network.zeros) { $1 }
    var claims = claims
    claims.habitualPreprocessing = mapping.convention.preprocessing ?? claims.habitualPreprocessing
    if options.preprocessing == nil, claims.preprocessing == nil, let buffers = network.normalization {
      claims.normalization = try normalization(buffers)
    }
    var assumptions =
      options.architecture == nil
      ? claims.assumptions.map { ImportAssumption($0, remedy: .architecture) } : []
    if options.architecture == nil, claims.architecture == nil {
      guard let reading = network.reading else {
        throw ImportError(
          .architecture, file: path, Mismatch(self, mapping, options: options).nothingFits())
      }
      if let question = reading.obstacle ?? (weights.modules == nil ? reading.question : nil) {
        throw ImportError(.architecture, file: path, question)
      }
      claims.architecture = .record(reading.architecture)
      claims.evidence = "as the tensors' names and shapes say"
      claims.basis = reading.basis
      notes += reading.notes
      assumptions += (reading.assumptions + mapping.assumptions).map {
        ImportAssumption($0, remedy: .architecture)
      }
    }
    try requireSuitable(mapped, integers: true)
    let evidence = ModuleEvidence(weights, names: mapping.names)
    if options.preprocessing == nil, claims.preprocessing == nil, let own = evidence?.normalization {
      claims.normalization = own
    }
    var (descriptor, graph) = try claims.descriptor(
      for: shapes, inferred: network.reading?.graph, options: options, notes: &notes)
    let settled =
      if let keras = try KerasEvidence(weights, mapping) {
        try settle(graph, by: keras, options: options)
      } else {
        try settle(graph, by: evidence, options: options)
      }
    graph = settled.graph
    descriptor.architecture = graph.architecture
    notes += settled.notes
    let filters = try filters(of: graph, among: mapping)
    if options.architecture == nil {
      assumptions += settled.unknownCode.map {
        ImportAssumption(
          Assumption(
            "\($0): it computes as \(graph.architecture.name ?? "the usual network of these layers")",
            evidence: "a network that was saved whole holds no code"), remedy: .architecture)
      }
    }
    if settled.isConclusive, settled.unknownCode.isEmpty {
      assumptions = assumptions.filter { mapping.assumptions.contains($0.assumption) }
    } else if settled.isConclusive, options.architecture == nil {
      assumptions += descriptor.architecture.unseenProperties.filter { !$0.isOfLayers }.map {
        ImportAssumption(
          Assumption($0.what, evidence: "as is usual; functions that are no modules may do otherwise"),
          remedy: $0.remedy)
      }
    } else if let question = network.reading?.question {
      throw ImportError(.architecture, file: path, question)
    } else if options.architecture == nil, let basis = claims.basis {
      assumptions += descriptor.architecture.unseenProperties.map {
        ImportAssumption(Assumption($0.what, evidence: basis), remedy: $0.remedy)
      }
    }
    assumptions += mapping.nameAssumptions.map {
      ImportAssumption($0, remedy: .rename(old: "OLD", new: "NEW"))
    }
    notes += mapping.heads
    if let note = ImportAssumption.note(assumptions) { notes.append(note) }
    notes += (weights as? ParametrizedWeights)?.notes(on: Set(mapped.values.map(\.index))) ?? []
    notes += mapping.leftOut + mapping.notes
    try requirePlausible(mapped, for: graph)
    let fit = TensorFit(graph, shapes: shapes)
    guard fit.isPerfect else {
      throw ImportError(
        .tensors, file: path, Mismatch(self, mapping, options: options).explanation(of: fit, graph))
    }
    descriptor.sourceNames = sourceNames(mapping, graph: graph)
    assumptions += claims.assumptionsBeyondArchitecture(of: descriptor, options: options)
    descriptor.assumptions = assumptions.map(\.assumption)
    if !network.newHead.isEmpty { descriptor.untrained = [Graph.headPath] }
    return ImportPlan(
      descriptor: descriptor, graph: graph, names: mapping.names, mapped: mapped,
      reasons: mapping.reasons, filters: filters, zeros: network.zeros, notes: notes, assumptions: assumptions
    )
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

  /// Names all tensors of unsuitable types at once. A tensor that the import leaves out may have any type.
  ///
  /// - Parameter integers: true to look at PyTorch's and NumPy's integers too, which tensors that are no weights may be.
  private func requireSuitable(_ mapped: [String: MappedTensor], integers: Bool) throws(ImportError) {
    let unsuitable = mapped.values.map(\.index).sorted().map { weights.tensors[$0] }.filter { tensor in
      !tensor.isSuitable
        && (integers || ScalarType(rawValue: tensor.type).map { $0.elementType != nil } ?? true)
    }
    guard !unsuitable.isEmpty else { return }
    let shown = unsuitable.prefix(12).map { "\($0.name) (\($0.type))" }.joined(separator: ", ")
    let rest = unsuitable.count > 12 ? " and \(unsuitable.count - 12) more" : ""
    let isOfBytes = unsuitable.contains { ["int8", "uint8", "I8", "U8"].contains($0.type) }
    throw ImportError(
      .unsuitableElementType, file: path,
      "weights must be F32, F16, BF16 or F64; \(unsuitable.count) unsuitable: \(shown)\(rest)"
        + (isOfBytes
          ? ". Quantised weights mean nothing without their scales: save the network's own floats" : ""))
  }

  /// Refuses weights that are far larger than the architecture's before memory is taken for them. If they are only a
  /// little larger, a later check names the tensors that are too many.
  private func requirePlausible(
    _ mapped: [String: MappedTensor], for graph: Graph
  ) throws(ImportError) {
    let needed = graph.parameters.reduce(0.0) { $0 + Double($1.shape.elementCount) }
    let given = mapped.values.reduce(0.0) { $0 + Double($1.shape.elementCount) }
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
