import Messages
import ModelDescriptor
import ResNetGraph
import TensorCore

/// Works out an architecture from the tensors' names and shapes.
///
/// Shapes do not tell all: which convolution of a bottleneck strides, dilation, whether a pool follows the stem, what a
/// shortcut without weights does. There the presets decide, and what was assumed is said.
struct ArchitectureInference {
  /// Shapes by the graph's names.
  let shapes: [String: Shape]
  var hints = Hints()

  /// What tells networks with the same tensors apart.
  struct Hints {
    var fileName: FileName?
    /// Whether the source had fixed filters of anti-aliasing.
    var hasBlurFilters = false
    /// Whose names the source's tensors have.
    var convention: NameConvention?
  }

  /// What the tensors tell.
  struct Reading {
    var architecture: Architecture
    /// What speaks for all that they do not tell.
    var basis: String
    var notes: [Remark] = []
    /// What was chosen among networks that have the same tensors.
    var assumptions: [Assumption] = []
  }

  /// The architecture and what speaks for it; nil when the tensors fit none.
  func infer() -> Reading? {
    fittingPreset() ?? readOff()
  }

  // MARK: Presets

  /// The preset that has exactly these tensors, with the classes that the head has; of several the one that the file's name
  /// or its filters speak for, else the first.
  private func fittingPreset() -> Reading? {
    let fitting = Architecture.presets.compactMap { preset -> Architecture? in
      var candidate = preset
      if let classes = shapes["fc.weight"]?.dimensions.first, classes > 0 { candidate.classes = classes }
      return fits(candidate) ? candidate : nil
    }
    guard let usual = fitting.first else { return nil }
    var chosen = usual
    let name = { (net: Architecture) in net.name ?? "a preset" }
    var evidence = "the more usual \(name(usual)) has the same tensors"
    if let variant = hints.fileName?.variant(among: fitting.compactMap(\.name)),
      let named = fitting.first(where: { $0.name == variant })
    {
      chosen = named
      evidence = "the file's name begins with \(variant)"
    } else if hints.hasBlurFilters, let blurred = fitting.first(where: { $0.antialias == .blur }) {
      chosen = blurred
      evidence = "filters of anti-aliasing lie beside the weights"
    }
    var reading = Reading(
      architecture: chosen, basis: "the preset \(name(chosen)), which has exactly these tensors, is so")
    let others = fitting.compactMap(\.name).filter { $0 != chosen.name }
    if !others.isEmpty {
      reading.assumptions.append(
        Assumption("it is not \(others.joined(separator: " or "))", evidence: evidence))
    }
    return reading
  }

  func fits(_ architecture: Architecture) -> Bool {
    guard hasBlocks(of: architecture), let graph = try? Graph(architecture),
      graph.parameters.count == shapes.count
    else { return false }
    return graph.parameters.allSatisfy { shapes[$0.name] == $0.shape }
  }

  /// Whether there are as many blocks in each stage; quick, before a graph is expanded.
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
    let found = evidence.readings.lazy.map { reading in
      var net = reading
      habits(&net)
      if hints.hasBlurFilters { net.antialias = .blur }
      return net
    }.first(where: fits)
    guard let found else { return nil }
    let blocks = found.stages.map { String($0.blocks) }.joined(separator: "-")
    let widths = found.stages.map { String($0.width) }.joined(separator: "-")
    let owner = hints.convention?.layout == nil ? nil : hints.convention?.owner
    return Reading(
      architecture: found,
      basis: owner.map { "networks of \($0) are so" } ?? "this is usual, and no preset has these tensors",
      notes: [
        "architecture: \(found.block.rawValue) blocks \(blocks) of widths \(widths), which is no preset"
      ])
  }
}
