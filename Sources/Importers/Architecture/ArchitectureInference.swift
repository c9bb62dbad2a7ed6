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
    /// True if somebody said which classes the network has.
    var hasKnownClasses = true
    /// Values that somebody or something else than the tensors gives.
    var settings: [Architecture.Setting] = []
  }

  /// A network that has exactly the tensors.
  struct Reading {
    var graph: Graph
    /// The ground for all that they do not tell.
    var basis: String
    var notes: [Remark] = []
    /// The choice among networks that have the same tensors.
    var assumptions: [Assumption] = []
    /// The choice that nothing decides between networks that compute differently; nil when there is none.
    var question: Remark?
    /// The part of the network that no descriptor expresses; nil when there is none.
    var obstacle: Remark?

    /// True if the file's name names the network.
    var isNamed = false

    var architecture: Architecture { graph.architecture }
  }

  /// The network and the grounds for it; nil when the tensors fit none.
  func infer() -> Reading? {
    guard var reading = fittingPreset() ?? readOff() else { return nil }
    reading.obstacle = obstacle(of: reading.architecture)
    reading.question = reading.question ?? question(about: reading)
    return reading
  }

  // MARK: Presets

  /// The preset that has exactly these tensors, with the classes that the head has; of several the one that the file's name
  /// or its filters speak for, else the first. Presets that the habits of the names' owner contradict are left out, and those
  /// that given values contradict; if none is left, the values change the first.
  private func fittingPreset() -> Reading? {
    let own = Architecture.presets.compactMap { preset in
      hasBlocks(of: preset) && isHabitual(preset) ? graph(ifFitting: withHead(preset)) : nil
    }
    let fitting = own.filter { applying(hints.settings, to: $0.architecture) == $0.architecture }
    guard let usual = fitting.first else { return own.first.flatMap(changed) }
    var chosen = usual
    var isDecided = fitting.count == 1 || Self.isWidespread(usual.architecture)
    let name = { (net: Graph) in net.architecture.name ?? "a preset" }
    var isNamed = false
    var evidence = ", and \(name(usual)) is the most usual"
    if let variant = hints.fileName?.variant(among: fitting.map(name)),
      let named = fitting.first(where: { name($0) == variant })
    {
      chosen = named
      isDecided = true
      isNamed = true
      evidence = ", and the file's name begins with \(variant)"
    } else if hints.hasBlurFilters,
      let blurred = fitting.first(where: { $0.architecture.antialias == .blur })
    {
      chosen = blurred
      isDecided = true
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
    if !isDecided { reading.question = Self.question(among: fitting.map(name)) }
    reading.isNamed = isNamed
    return reading
  }

  /// The preset with given values in place of its own.
  private func changed(_ preset: Graph) -> Reading? {
    guard let net = applying(hints.settings, to: preset.architecture), let graph = graph(ifFitting: net)
    else { return nil }
    return Reading(
      graph: graph,
      basis:
        "as in the preset \(preset.architecture.name ?? ""), which has exactly these tensors, but for what was given"
    )
  }

  /// True if the owner of the names may have made the preset.
  private func isHabitual(_ preset: Architecture) -> Bool {
    var net = preset
    hints.convention?.habits(&net)
    return net == preset
  }

  /// A preset with the classes that the head has, or without a head where there is none.
  private func withHead(_ preset: Architecture) -> Architecture {
    var net = preset
    if let classes = shapes["fc.weight"]?.dimensions.first, classes > 0 {
      net.classes = classes
    } else if !shapes.keys.contains(where: { Graph.isHead(path: $0) }) {
      net.head = .none
      net.classes = net.featureCount
    }
    return net
  }

  /// The architecture with given values; nil when they are of another network.
  private func applying(_ settings: [Architecture.Setting], to architecture: Architecture) -> Architecture? {
    var net = architecture
    do {
      for setting in settings { try net.apply(setting) }
    } catch {
      return nil
    }
    return net
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
    let candidates = evidence.readings.compactMap { reading -> Architecture? in
      var net = reading
      habits(&net)
      if hints.hasBlurFilters { net.antialias = .blur }
      return applying(hints.settings, to: net)
    }
    guard let graph = candidates.lazy.compactMap(graph(ifFitting:)).first else { return nil }
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
}
