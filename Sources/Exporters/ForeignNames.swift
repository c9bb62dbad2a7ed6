import Messages
import ModelDescriptor
import ResNetGraph

/// How an export names and stores the tensors of a network.
struct ForeignNames {
  /// The other program's name for a name of the graph.
  let name: (String) -> String
  /// How the program stores a tensor, by the graph's names, where that differs.
  var layouts: [String: TensorLayout] = [:]
  /// What the program does not know of such networks, a sentence each.
  var notes: [Remark] = []

  /// torchvision's names, and the graph's where torchvision has none.
  static func torchvision(_ net: Architecture) -> ForeignNames {
    let unknown = net.partsBeyondTorchvision
    return ForeignNames(
      name: { $0 },
      notes: unknown.isEmpty
        ? []
        : [
          "names: torchvision has no network with \(unknown.joined(separator: ", ")); what it has no name for keeps "
            + "this project's"
            + (net.hasPreactivation
              ? " (\(Remedy.names(ExportNames.timm.rawValue)) gives timm's)" : ", which is timm's")
        ])
  }

  /// timm's names: those of its `resnetv2` module for pre-activation networks, those of its `resnet` module for others.
  static func timm(_ net: Architecture) -> ForeignNames {
    let unknown = net.partsBeyondTimm
    let notes: [Remark] =
      unknown.isEmpty
      ? []
      : [
        "names: timm has no network with \(unknown.joined(separator: ", ")); what it has no name for keeps this "
          + "project's"
      ]
    guard net.hasPreactivation else { return ForeignNames(name: { $0 }, notes: notes) }
    let convention = NameMap.timmPreactivation(net)
    return ForeignNames(
      name: convention.foreign, layouts: ["fc.weight": .pointwise], notes: notes)
  }

  /// The names and the layout that the weights came with.
  static func source(_ names: SourceNames?) -> ForeignNames {
    let rule = names ?? SourceNames()
    return ForeignNames(
      name: rule.foreignName, layouts: rule.layouts,
      notes: names == nil ? ["names: the checkpoint remembers no others than torchvision's"] : [])
  }
}

extension Architecture {
  /// Whether all blocks are pre-activated.
  fileprivate var hasPreactivation: Bool { stages.allSatisfy { kind(of: $0).isPreactivation } }

  /// What torchvision's networks do not have, as far as tensors' names are concerned.
  fileprivate var partsBeyondTorchvision: [String] {
    var parts: [String] = []
    if stages.contains(where: { kind(of: $0).isPreactivation }) { parts.append("pre-activation blocks") }
    if stem.kind == .deep { parts.append("a deep stem") }
    if stem.pool, stem.poolKind == .convolution { parts.append("a convolution for a stem's pool") }
    if shortcut == .averagePoolProjection { parts.append("average pooling in shortcuts") }
    if attention != nil { parts.append("channel attention") }
    return parts + partsBeyondBoth
  }

  /// What timm's networks do not have, as far as tensors' names are concerned.
  fileprivate var partsBeyondTimm: [String] {
    var parts: [String] = []
    let preactivated = stages.count { kind(of: $0).isPreactivation }
    if preactivated > 0 {
      if preactivated < stages.count { parts.append("pre-activation blocks in some stages") }
      if attention != nil { parts.append("channel attention in pre-activation blocks") }
      if stem.pool, stem.poolKind == .convolution {
        parts.append("a convolution for a stem's pool before pre-activation blocks")
      }
    }
    if case .squeezeExcitation(_, let bias, let layers) = attention {
      if !bias { parts.append("squeeze-and-excitation without biases") }
      if layers == .linear { parts.append("linear layers in squeeze-and-excitation") }
    }
    return parts + partsBeyondBoth
  }

  private var partsBeyondBoth: [String] {
    var parts: [String] = []
    if convolutionBias != .none { parts.append("biases of convolutions") }
    if case .multilayer = head { parts.append("a head of several layers") }
    return parts
  }
}
