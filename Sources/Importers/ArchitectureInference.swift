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

  /// What the tensors tell.
  struct Reading {
    var architecture: Architecture
    /// What speaks for all that they do not tell.
    var basis: String
    var notes: [String] = []
    /// What was chosen among networks that have the same tensors.
    var assumptions: [Assumption] = []
  }

  /// The architecture and what speaks for it; nil when the tensors fit none.
  func infer() -> Reading? {
    fittingPreset() ?? readOff()
  }

  // MARK: Presets

  /// The first preset that has exactly these tensors, with the classes that the head has.
  private func fittingPreset() -> Reading? {
    let fitting = Architecture.presets.compactMap { preset -> Architecture? in
      var candidate = preset
      if let classes = shapes["fc.weight"]?.dimensions.first, classes > 0 { candidate.classes = classes }
      return fits(candidate) ? candidate : nil
    }
    guard let first = fitting.first else { return nil }
    let name = first.name ?? "a preset"
    var reading = Reading(
      architecture: first, basis: "the preset \(name), which has exactly these tensors, is so")
    let others = fitting.dropFirst().compactMap(\.name)
    if !others.isEmpty {
      reading.assumptions.append(
        Assumption(
          "it is not \(others.joined(separator: " or "))",
          evidence: "the more usual \(name) has the same tensors"))
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

  // MARK: Reading off

  /// Blocks, widths, groups, stem and head as the shapes show them; nil when the result has other tensors than these.
  private func readOff() -> Reading? {
    let channels = (dimensions("conv1.weight", rank: 4) ?? dimensions("conv1.0.weight", rank: 4))?[1]
    guard let stem = stem(), let channels, let classes = shapes["fc.weight"]?.dimensions.first, classes > 0
    else { return nil }
    let isBottleneck = shapes["layer1.0.conv3.weight"] != nil
    var stages: [Architecture.Stage] = []
    while let blocks = blockCount(ofStage: stages.count + 1), stages.count < 16 {
      let path = "layer\(stages.count + 1).0"
      guard let last = dimensions("\(path).conv\(isBottleneck ? 3 : 2).weight", rank: 4) else { return nil }
      let expansion = isBottleneck ? 4 : 1
      guard last[0] % expansion == 0, last[0] > 0 else { return nil }
      stages.append(
        Architecture.Stage(blocks: blocks, width: last[0] / expansion, stride: stages.isEmpty ? 1 : 2))
    }
    guard let first = stages.first else { return nil }
    var groups = 1
    var widthPerGroup = 64
    if isBottleneck {
      // A bottleneck is width · widthPerGroup / 64 · groups wide.
      guard let middle = dimensions("layer1.0.conv2.weight", rank: 4), middle[1] > 0,
        middle[0] % middle[1] == 0
      else { return nil }
      groups = middle[0] / middle[1]
      let (product, overflow) = middle[0].multipliedReportingOverflow(by: 64)
      let (divisor, tooLarge) = first.width.multipliedReportingOverflow(by: groups)
      guard !overflow, !tooLarge, divisor > 0, product % divisor == 0 else { return nil }
      widthPerGroup = product / divisor
    }
    let hasProjection = shapes.keys.contains { $0.hasSuffix(".downsample.0.weight") }
    let isSmall = stem.kind == .conv3x3
    let base = Architecture(
      input: Architecture.Input(channels: channels, height: isSmall ? 32 : 224, width: isSmall ? 32 : 224),
      stem: stem, stages: stages,
      block: isBottleneck ? .bottleneck : .basic, groups: groups, widthPerGroup: widthPerGroup,
      shortcut: hasProjection ? .projection : .zeroPad, classes: classes)
    var always = base
    always.shortcut = .projectionAlways
    guard let found = [base, always].first(where: fits) else { return nil }
    let blocks = found.stages.map { String($0.blocks) }.joined(separator: "-")
    let widths = found.stages.map { String($0.width) }.joined(separator: "-")
    return Reading(
      architecture: found, basis: "this is usual, and no preset has these tensors",
      notes: [
        "architecture: \(found.block.rawValue) blocks \(blocks) of widths \(widths), which is no preset"
      ])
  }

  private func stem() -> Architecture.Stem? {
    let deep = [0, 3, 6].map { dimensions("conv1.\($0).weight", rank: 4)?[0] ?? 0 }
    if deep.allSatisfy({ $0 > 0 }) {
      return Architecture.Stem(kind: .deep, widths: deep, pool: true)
    }
    guard let convolution = dimensions("conv1.weight", rank: 4), convolution[0] > 0 else { return nil }
    switch convolution[2] {
    case 7: return Architecture.Stem(kind: .conv7x7, widths: [convolution[0]], pool: true)
    case 3: return .conv3x3(width: convolution[0])
    default: return nil
    }
  }

  private func blockCount(ofStage stage: Int) -> Int? {
    let blocks = (0..<4096).prefix { shapes["layer\(stage).\($0).conv1.weight"] != nil }.count
    return blocks > 0 ? blocks : nil
  }

  private func dimensions(_ name: String, rank: Int) -> [Int]? {
    guard let shape = shapes[name], shape.rank == rank else { return nil }
    return shape.dimensions
  }
}
