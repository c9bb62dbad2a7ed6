import Messages
import ModelDescriptor

/// Tensors that fit networks which compute differently, where nothing but their owner can tell them apart.
extension ArchitectureInference {
  /// The question that the reading leaves open; nil when there is none.
  func question(about reading: Reading) -> Remark? {
    let net = reading.architecture
    if net.normalization.kind != .batch, !reading.isNamed, hints.convention?.decidesNorms != true,
      !settles({ $0.isNormalization })
    {
      guard net.normalization.kind == .instance(affine: false) else { return Self.questionOfNorms }
      return net.convolutionBias == .all ? Self.questionOfFoldedNorms : Self.questionOfPlainNorms
    }
    if case .multilayer(let widths, _) = net.head, widths.contains(net.featureCount), !hints.hasKnownClasses {
      return Self.question(ofSquareHead: net)
    }
    if net.stages.contains(where: { net.kind(of: $0).isBottleneck }), !settles({ $0.isBottleneckStride }),
      hints.fileName?.base.lowercased().contains("caffe") == true
    {
      return Self.questionOfCaffe
    }
    if net.stages.contains(where: { net.kind(of: $0).isBottleneck }), !settles({ $0.isBottleneckStride }),
      hints.convention?.leavesStrideOpen == true
    {
      return Self.questionOfDetectron
    }
    let isProjected = ![.none, .zeroPad].contains(net.shortcut)
    let isPreactivated = net.stages.contains { net.kind(of: $0).isPreactivation }
    if isPreactivated, isProjected, hints.convention?.activatesShortcuts == false,
      !settles({ $0.isShortcutInput })
    {
      return net.convolutionBias == .all ? Self.questionOfWideBlocks : Self.questionOfProjections
    }
    return nil
  }

  /// The message for names of a family whose networks no descriptor expresses; nil for others.
  func obstacle(of net: Architecture) -> Remark? {
    guard let convention = hints.convention, let obstacle = convention.obstacle(net) else { return nil }
    return
      "the tensors' names are those of \(convention.owner ?? "networks"), which \(obstacle); no descriptor expresses that"
  }

  private func settles(_ isSought: (Architecture.Setting) -> Bool) -> Bool {
    hints.settings.contains(where: isSought)
  }

  /// True if a preset is so much more usual than others with the same tensors that it is assumed.
  static func isWidespread(_ preset: Architecture) -> Bool {
    guard let name = preset.name else { return false }
    return widespread.contains(name) || name.hasPrefix("cifar_")
  }

  private static let widespread: Set<String> = [
    "resnet18", "resnet34", "resnet50", "resnet101", "resnet152",
  ]

  /// The question which of some presets with the same tensors it is.
  static func question(among names: [String]) -> Remark {
    let choices: [Remark] = names.map { "\(Remedy.preset($0))" }
    let list = choices.dropFirst().reduce(choices[0]) { "\($0), or \($1)" }
    return """
      the tensors are those of \(names.joined(separator: " and of ")), which compute differently. Say which it is: \(list)
      """
  }

  private static let questionOfNorms: Remark = """
    the norms have no running statistics, so they may be group norms, instance norms, or batch norms without what they \
    learned of their inputs; these compute differently. Say which they are: \(Remedy.assumption("normalization=group:32")) for \
    32 groups, \(Remedy.assumption("normalization=instance")), or the network with \(Remedy.architecture). Of a network of \
    batch norms save model.state_dict(), which has the statistics that named_parameters() leaves out; with \
    track_running_stats=False there are none, and its answers depend on the other images of a batch
    """

  private static let questionOfPlainNorms: Remark = """
    the norms have no tensors at all: neither weights nor running statistics. If they are instance norms, say so with \
    \(Remedy.assumption("normalization=instance:plain")); batch norms of that kind have answers that depend on the other images \
    of a batch
    """

  private static let questionOfFoldedNorms: Remark = """
    the convolutions have biases and the norms have no tensors at all: the batch norms were folded into the convolutions, as for \
    inference, and no descriptor expresses a network without norms. Save the state dict of the network before that. If they are \
    instance norms, say so with \(Remedy.assumption("normalization=instance:plain"))
    """

  /// The question about a head with a layer as wide as its input, which classifiers rarely have.
  private static func question(ofSquareHead net: Architecture) -> Remark {
    """
    the head has a hidden layer of as many numbers as the network's features, \(net.featureCount), as self-supervised training \
    uses to project features (MoCo, SimSiam); its \(net.classes) outputs need not be classes. If they are, say so with \
    \(Remedy.classes(net.classes))
    """
  }

  private static let questionOfCaffe: Remark = """
    the file's name says Caffe, whose bottlenecks stride in their first 1×1 convolution, where torchvision's stride in the 3×3; \
    the tensors are the same. Say which it is: \(Remedy.assumption("bottleneck_stride=conv1")) or \
    \(Remedy.assumption("bottleneck_stride=conv2")); images for Caffe's networks are prepared by \(Remedy.preprocessing) caffe
    """

  private static let questionOfDetectron: Remark = """
    the names are those of detectron2, whose bottlenecks stride in their first 1×1 convolution where the weights come from \
    MSRA or Caffe, and in the 3×3 where they come from torchvision; the tensors are the same. Say which it is: \
    \(Remedy.assumption("bottleneck_stride=conv1")), whose images are prepared by \(Remedy.preprocessing) caffe unless a \
    record says otherwise, or \(Remedy.assumption("bottleneck_stride=conv2"))
    """

  private static let questionOfProjections: Remark = """
    the projections in the shortcuts of the pre-activation blocks may take the block's input after its first norm and ReLU (He \
    et al. 2016), or as it came (as in bearpaw's preresnet); these compute differently. Say which it is: \
    \(Remedy.assumption("shortcut_input=activated")) or \(Remedy.assumption("shortcut_input=raw")). If the second convolution \
    of a block strides, as in meliketoy's wide-resnet, add \(Remedy.assumption("basic_stride=conv2"))
    """

  private static let questionOfWideBlocks: Remark = """
    pre-activation blocks with biases stride in their second convolution and project their input as it came in meliketoy's \
    wide-resnet, and other repositories do otherwise. Say which it is: \(Remedy.assumption("shortcut_input=raw")) or \
    \(Remedy.assumption("shortcut_input=activated")), and \(Remedy.assumption("basic_stride=conv2")) if the second \
    convolution strides
    """
}

extension Architecture.Setting {
  fileprivate var isNormalization: Bool {
    if case .normalization = self { true } else { false }
  }

  fileprivate var isBottleneckStride: Bool {
    if case .bottleneckStride = self { true } else { false }
  }

  fileprivate var isShortcutInput: Bool {
    if case .shortcutInput = self { true } else { false }
  }
}
