import Importers
import Messages
import ModelDescriptor

/// timm's name for a network, and the arguments with which timm makes it.
enum TimmNetwork {
  /// - Throws: ``ExportError`` with `unsupported` and the reasons, for a network that timm does not have.
  static func named(
    _ net: Architecture
  ) throws(ExportError) -> (name: String, arguments: [String: JSONValue]) {
    for preset in Architecture.timmPresets {
      for outputStride in [32, 16, 8] {
        var candidate = preset
        candidate.input.channels = net.input.channels
        candidate.globalPool = net.globalPool
        if outputStride < 32 { candidate.dilate(toOutputStride: outputStride) }
        guard candidate.computes(as: net), let name = preset.name else { continue }
        var arguments: [String: JSONValue] = [:]
        if net.input.channels != preset.input.channels { arguments["in_chans"] = .count(net.input.channels) }
        if net.globalPool != preset.globalPool { arguments["global_pool"] = .string(net.globalPool.rawValue) }
        if outputStride < 32 { arguments["output_stride"] = .count(outputStride) }
        return (name, arguments)
      }
    }
    let reasons = net.partsBeyondTimmsNetworks
    let parts =
      reasons.isEmpty
      ? "its blocks, widths or layers are those of none of timm's named networks" : "it has \(list(reasons))"
    throw .unsupported("timm has no network like \(net.name ?? "this one"): \(parts)")
  }

  private static func list(_ parts: [String]) -> String { parts.joined(separator: ", ") }
}

extension Architecture {
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
    if stridePosition == .last { parts.append("stages whose last block strides") }
    if convolutionBias != .none { parts.append("biases of convolutions") }
    if case .multilayer = head { parts.append("a head of several layers") }
    return parts
  }
}
