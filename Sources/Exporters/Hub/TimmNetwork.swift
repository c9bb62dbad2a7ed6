import Importers
import Messages
import ModelDescriptor

/// timm's name for a network, and the arguments with which timm makes it.
enum TimmNetwork {
  /// - Throws: ``ExportError`` with `unsupported` and the reasons, for a network that timm does not have.
  static func named(
    _ net: Architecture
  ) throws(ExportError) -> (name: String, arguments: [String: JSONValue]) {
    let forms = Architecture.timmPresets.compactMap {
      preset -> (name: String, arguments: [String: JSONValue])? in
      guard let name = preset.name, let arguments = arguments(making: net, of: preset) else { return nil }
      return (name, arguments)
    }
    // Of several ways the one that changes least; of equals the more usual.
    if let form = forms.min(by: { $0.arguments.count < $1.arguments.count }) { return form }
    let reasons = net.partsBeyondTimmsNetworks
    let parts =
      reasons.isEmpty
      ? "its blocks, widths or layers are those of none of timm's named networks" : "it has \(list(reasons))"
    throw .unsupported("timm has no network like \(net.name ?? "this one"): \(parts)")
  }

  /// The arguments that make a network of one of timm's; nil when none do.
  private static func arguments(making net: Architecture, of preset: Architecture) -> [String: JSONValue]? {
    guard net.stages.count == preset.stages.count else { return nil }
    var candidate = preset
    // timm says with the number of classes that there is no head.
    if net.head == .none { candidate.head = .none }
    var arguments: [String: JSONValue] = [:]
    func match<Value: Equatable>(
      _ field: WritableKeyPath<Architecture, Value>, _ name: String, _ value: JSONValue
    ) {
      guard candidate[keyPath: field] != net[keyPath: field] else { return }
      candidate[keyPath: field] = net[keyPath: field]
      arguments[name] = value
    }
    match(\.input.channels, "in_chans", .count(net.input.channels))
    match(\.globalPool, "global_pool", .string(net.globalPool.rawValue))
    // timm's pre-activation networks count otherwise.
    let isPlain = !(net.stages + preset.stages).contains {
      $0.channels != nil || net.kind(of: $0).isPreactivation || preset.kind(of: $0).isPreactivation
    }
    if isPlain {
      match(\.blockCounts, "layers", .counts(net.blockCounts))
      if preset.attention == nil {
        match(\.widths, "channels", .counts(net.widths))
        match(\.groups, "cardinality", .count(net.groups))
        match(\.widthPerGroup, "base_width", .count(net.widthPerGroup))
      }
      if [.projection, .averagePoolProjection].contains(net.shortcut) {
        match(\.shortcut, "avg_down", .boolean(net.shortcut == .averagePoolProjection))
      }
    }
    for outputStride in isPlain ? [32, 16, 8] : [32] {
      var dilated = candidate
      dilated.dilate(toOutputStride: outputStride)
      guard dilated.computes(as: net) else { continue }
      if outputStride < 32 { arguments["output_stride"] = .count(outputStride) }
      return arguments
    }
    return nil
  }

  private static func list(_ parts: [String]) -> String { parts.joined(separator: ", ") }
}

extension Architecture {
  fileprivate var blockCounts: [Int] {
    get { stages.map(\.blocks) }
    set { for (index, count) in zip(stages.indices, newValue) { stages[index].blocks = count } }
  }

  fileprivate var widths: [Int] {
    get { stages.map(\.width) }
    set { for (index, width) in zip(stages.indices, newValue) { stages[index].width = width } }
  }

  /// The parts that none of timm's networks has.
  fileprivate var partsBeyondTimmsNetworks: [String] {
    var parts: [String] = []
    if stages.count != 4 { parts.append("\(stages.count) stages, not 4") }
    if stem.kind == .conv3x3 { parts.append("a 3×3 stem") }
    if !stem.pool { parts.append("a stem without a pool") }
    if shortcut == .zeroPad || shortcut == .none { parts.append("no projections in shortcuts") }
    if shortcut == .projectionAlways { parts.append("a projection in every block") }
    if bottleneckStride == .conv1, stages.contains(where: { kind(of: $0).isBottleneck }) {
      parts.append("bottlenecks that stride in their first convolution")
    }
    if basicStride == .conv2, stages.contains(where: { !kind(of: $0).isBottleneck }) {
      parts.append("basic blocks that stride in their second convolution")
    }
    if shortcutInput == .raw, stages.contains(where: { kind(of: $0).isPreactivation }) {
      parts.append("projections of the raw input before pre-activation blocks")
    }
    if case .instance = normalization.kind { parts.append("instance norms") }
    if stem.poolKind == .maxPartial { parts.append("a stem's pool that hangs over the far edge") }
    if stridePosition == .last { parts.append("stages whose last block strides") }
    if convolutionBias != .none { parts.append("biases of convolutions") }
    if case .multilayer = head { parts.append("a head of several layers") }
    return parts
  }
}
