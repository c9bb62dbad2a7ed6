import Messages
import ModelDescriptor
import ResNetGraph
import TensorCore

/// Works out an architecture from the tensors' names and shapes.
///
/// Shapes do not show which convolution of a bottleneck strides, the dilation, a pool after the stem, or a shortcut without weights.
/// There the presets decide, and the report lists the assumptions.
struct ArchitectureInference {
  /// Shapes by the graph's names.
  let shapes: [String: Shape]
  var hints = Hints()

  /// Signs that tell networks with the same tensors apart.
  struct Hints {
    var fileName: FileName?
    /// True if the source had fixed filters of anti-aliasing.
    var hasBlurFilters = false
    /// The convention of the source's names.
    var convention: NameConvention?
  }

  /// A network that has exactly the tensors.
  struct Reading {
    var graph: Graph
    /// The ground for all that they do not tell.
    var basis: String
    var notes: [Remark] = []
    /// The choice among networks that have the same tensors.
    var assumptions: [Assumption] = []

    var architecture: Architecture { graph.architecture }
  }

  /// The network and the grounds for it; nil when the tensors fit none.
  func infer() -> Reading? {
    fittingPreset() ?? readOff()
  }

  // MARK: Presets

  /// The preset that has exactly these tensors, with the classes that the head has; of several the one that the file's name
  /// or its filters speak for, else the first.
  private func fittingPreset() -> Reading? {
    let fitting = Architecture.presets.compactMap { preset -> Graph? in
      var candidate = preset
      if let classes = shapes["fc.weight"]?.dimensions.first, classes > 0 { candidate.classes = classes }
      return graph(ifFitting: candidate)
    }
    guard let usual = fitting.first else { return nil }
    var chosen = usual
    let name = { (net: Graph) in net.architecture.name ?? "a preset" }
    var evidence = ", and \(name(usual)) is the most usual"
    if let variant = hints.fileName?.variant(among: fitting.map(name)),
      let named = fitting.first(where: { name($0) == variant })
    {
      chosen = named
      evidence = ", and the file's name begins with \(variant)"
    } else if hints.hasBlurFilters,
      let blurred = fitting.first(where: { $0.architecture.antialias == .blur })
    {
      chosen = blurred
      evidence = ", and filters of anti-aliasing lie beside the weights"
    }
    var reading = Reading(
      graph: chosen, basis: "as in the preset \(name(chosen)), which has exactly these tensors")
    let others = fitting.map(name).filter { $0 != name(chosen) }
    if !others.isEmpty {
      let verb = others.count == 1 ? "has" : "have"
      reading.assumptions.append(
        Assumption(
          "the network is \(name(chosen))",
          evidence: "\(others.joined(separator: " and ")) \(verb) identical tensors" + evidence))
    }
    return reading
  }

  /// The expanded architecture, if it has exactly the tensors.
  private func graph(ifFitting architecture: Architecture) -> Graph? {
    guard hasBlocks(of: architecture), let graph = try? Graph(architecture),
      graph.parameters.count == shapes.count,
      graph.parameters.allSatisfy({ shapes[$0.name] == $0.shape })
    else { return nil }
    return graph
  }

  /// True if there are as many blocks in each stage; quick, before a graph is expanded.
  private func hasBlocks(of architecture: Architecture) -> Bool {
    func has(_ stage: Int, _ block: Int) -> Bool { shapes["layer\(stage).\(block).conv1.weight"] != nil }
    return !has(architecture.stages.count + 1, 0)
      && architecture.stages.enumerated().allSatisfy { index, stage in
        has(index + 1, stage.blocks - 1) && !has(index + 1, stage.blocks)
      }
  }

  // MARK: Networks that are no preset

  /// Blocks, widths, groups, stem, attention and head as the shapes show them; nil when no network with these has exactly
  /// these tensors.
  private func readOff() -> Reading? {
    guard let evidence = TensorEvidence(shapes) else { return nil }
    let habits = hints.convention?.habits ?? { _ in }
    let expanded = firstFitting(evidence.readings) { net in
      habits(&net)
      if hints.hasBlurFilters { net.antialias = .blur }
    }
    guard let graph = expanded else { return nil }
    let found = graph.architecture
    let blocks = found.stages.map { String($0.blocks) }.joined(separator: "-")
    let widths = found.stages.map { String($0.width) }.joined(separator: "-")
    let owner = hints.convention?.layout == nil ? nil : hints.convention?.owner
    return Reading(
      graph: graph,
      basis: owner.map { "as in networks of \($0)" } ?? "as is usual; no preset has these tensors",
      notes: [
        "architecture: \(found.block.rawValue) blocks \(blocks) of widths \(widths), which no preset has"
      ])
  }

  /// The first of some architectures that has exactly the tensors after a change.
  private func firstFitting(
    _ architectures: [Architecture], changing change: (inout Architecture) -> Void
  ) -> Graph? {
    for architecture in architectures {
      var net = architecture
      change(&net)
      if let graph = graph(ifFitting: net) { return graph }
    }
    return nil
  }
}
