import Importers
import Messages
import ModelDescriptor
import ResNetGraph

/// The names and layouts of an export's tensors.
struct ForeignNames {
  /// The other program's name for a name of the graph.
  let name: (String) -> String
  /// The program's layout of a tensor, by the graph's names, where it differs from the graph's.
  var layouts: [String: TensorLayout] = [:]
  /// The parts of such networks that the program has no names for, a sentence each.
  var notes: [Remark] = []

  /// torchvision's names, and the graph's where torchvision has none.
  static func torchvision(_ net: Architecture) -> ForeignNames {
    let unknown = net.partsBeyondTorchvision
    return ForeignNames(
      name: { $0 },
      notes: unknown.isEmpty
        ? []
        : [
          "names: torchvision has no network with \(unknown.joined(separator: ", ")); those "
            + "tensors keep ResZoo's names"
            + (net.hasPreactivation
              ? ". Use \(Remedy.names(ExportNames.timm.rawValue)) for timm's names." : ", which are timm's")
        ])
  }

  /// timm's names: those of its `resnetv2` module for pre-activation networks, those of its `resnet` module for others.
  static func timm(_ net: Architecture) -> ForeignNames {
    let unknown = net.partsBeyondTimm
    let notes: [Remark] =
      unknown.isEmpty
      ? []
      : [
        "names: timm has no network with \(unknown.joined(separator: ", ")); those tensors keep "
          + "ResZoo's names"
      ]
    guard net.hasPreactivation else { return ForeignNames(name: { $0 }, notes: notes) }
    let convention = NameMap.timmPreactivation(net)
    return ForeignNames(
      name: convention.foreign, layouts: ["fc.weight": .pointwise], notes: notes)
  }

  /// The names that transformers gives the tensors of its ResNets; the graph's where it has none.
  static func transformers() -> ForeignNames { ForeignNames(name: NameMap.transformers.foreign) }

  /// The names and the layout that the weights came with.
  static func source(_ names: SourceNames?) -> ForeignNames {
    let rule = names ?? SourceNames()
    return ForeignNames(
      name: rule.foreignName, layouts: rule.layouts,
      notes: names == nil ? ["names: the checkpoint remembers no others than torchvision's"] : [])
  }
}

extension Architecture {
  /// True if all blocks are pre-activated.
  fileprivate var hasPreactivation: Bool { stages.allSatisfy { kind(of: $0).isPreactivation } }

  /// The parts that torchvision's networks do not have, as far as tensors' names are concerned.
  fileprivate var partsBeyondTorchvision: [String] {
    var parts: [String] = []
    if stages.contains(where: { kind(of: $0).isPreactivation }) { parts.append("pre-activation blocks") }
    if stem.kind == .deep { parts.append("a deep stem") }
    if stem.pool, stem.poolKind == .convolution { parts.append("a convolution for a stem's pool") }
    if shortcut == .averagePoolProjection { parts.append("average pooling in shortcuts") }
    if attention != nil { parts.append("channel attention") }
    return parts + partsBeyondBoth
  }

  /// The parts that timm's networks do not have, as far as tensors' names are concerned.
  fileprivate var partsBeyondTimm: [String] {
    var parts: [String] = []
    let preactivated = stages.count { kind(of: $0).isPreactivation }
    if preactivated > 0 {
      if preactivated < stages.count { parts.append("pre-activation blocks in some stages") }
      if attention != nil { parts.append("channel attention in pre-activation blocks") }
      if stem.isNormalized { parts.append("a norm between the stem and pre-activation blocks") }
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
