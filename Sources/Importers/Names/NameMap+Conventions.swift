package import ModelDescriptor
import TensorCore

extension NameMap {
  /// All conventions that are known. One that stands before another wins where both explain as many names.
  static let conventions: [NameConvention] =
    [handWrittenPreactivation, graphs, handWritten] + timmPreactivation + [
      transformers, detectron2, wideModules, wideTables, bigTransfer,
    ] + portedSENets + keras

  // MARK: torchvision and timm

  /// The parts of a network as the graph, torchvision, and timm's `resnet` module name them.
  private static let parts = [
    "conv1", "conv1.#", "bn1", "maxpool.#", "layer#.#.conv#", "layer#.#.bn#", "layer#.#.downsample.#",
    "layer#.#.se.fc#", "layer#.#.se.conv", "norm", "fc", "fc.#",
  ].map { NameRule($0) }

  /// torchvision's names, which timm's `resnet` module shares.
  static let graphs = NameConvention(owner: nil, rules: parts, activatesShortcuts: true)

  /// timm's `resnetv2` module. Whether pooling comes before a projection does not show in its name.
  private static func timmPreactivationRules(isPooled: Bool) -> [NameRule] {
    [
      NameRule("stem.conv1", "conv1.0"), NameRule("stem.norm1", "conv1.1"),
      NameRule("stem.conv2", "conv1.3"), NameRule("stem.norm2", "conv1.4"),
      NameRule("stem.conv3", "conv1.6"),
      // On the way back this one must not take those of deep stems.
      NameRule("stem.conv", "conv1"),
      NameRule("stages.@.blocks.#.norm#", "layer@.#.bn#"),
      NameRule("stages.@.blocks.#.conv#", "layer@.#.conv#"),
      NameRule("stages.@.blocks.#.downsample.conv", "layer@.#.downsample.\(isPooled ? 1 : 0)"),
      NameRule("norm"), NameRule("head.fc", "fc"),
    ]
  }

  /// timm's names for the tensors of a pre-activation network.
  package static func timmPreactivation(_ net: Architecture) -> NameConvention {
    timmPreactivation[net.shortcut == .averagePoolProjection ? 0 : 1]
  }

  private static let timmPreactivation = [true, false].map { isPooled in
    NameConvention(
      owner: "timm's resnetv2", rules: timmPreactivationRules(isPooled: isPooled),
      suits: { facts in
        let hasDeepStem = facts.extent("stem.conv1.weight") != nil
        return isPooled == facts.architecture.map { $0.shortcut == .averagePoolProjection } ?? hasDeepStem
      },
      activatesShortcuts: true,
      assumption: Assumption(
        isPooled
          ? "average pooling comes before the projections in shortcuts"
          : "no pooling comes before the projections in shortcuts",
        evidence: isPooled
          ? "timm's resnetv2 has a deep stem and pooling, or neither, and this one has a deep stem"
          : "timm's resnetv2 has a deep stem and pooling, or neither, and this one has no deep stem"),
      preprocessing: ("symmetric", .symmetric))
  }

  // MARK: Networks that people write themselves

  /// The CIFAR repositories' and the tutorials' names, in any mixture, beside the graph's own.
  private static let handWrittenParts: [NameRule] =
    parts + [
      NameRule("linear", "fc"), NameRule("head", "fc"),
      NameRule("stem.0", "conv1"), NameRule("stem.1", "bn1"),
      NameRule("stem.conv", "conv1"), NameRule("stem.bn", "bn1"),
      NameRule("bn", "norm"),
    ]
    + ["layer#.#", "stage#.#", "stages.@.#", "layers.@.#"].flatMap { path in
      let own = path.contains("@") ? "layer@.#" : "layer#.#"
      return [
        NameRule(path + ".conv#", own + ".conv#"), NameRule(path + ".bn#", own + ".bn#"),
        NameRule(path + ".downsample.#", own + ".downsample.#"),
        NameRule(path + ".downsample.conv", own + ".downsample.0"),
        NameRule(path + ".downsample.bn", own + ".downsample.1"),
        NameRule(path + ".shortcut.#", own + ".downsample.#"),
        NameRule(path + ".skip.#", own + ".downsample.#"),
        NameRule(path + ".fc#", own + ".se.fc#"), NameRule(path + ".se.fc#", own + ".se.fc#"),
        NameRule(path + ".se.fc.0", own + ".se.fc1"), NameRule(path + ".se.fc.2", own + ".se.fc2"),
        NameRule(path + ".se.excitation.0", own + ".se.fc1"),
        NameRule(path + ".se.excitation.2", own + ".se.fc2"),
        NameRule(path + ".se.conv", own + ".se.conv"),
      ]
    }

  private static let handWritten = NameConvention(owner: nil, rules: handWrittenParts)

  /// The convention where `bn1` is the norm after the last block, since the first one brings its own.
  private static let handWrittenPreactivation = NameConvention(
    owner: "a repository of pre-activation networks",
    rules: [NameRule("bn1", "norm")] + handWrittenParts,
    suits: { facts in
      guard let norm = facts.extent("bn1.weight"), let stem = facts.extent("conv1.weight") else {
        return false
      }
      // The head reads what the norm puts out; a stem's norm has the stem's channels.
      let head = (facts.shapes["fc.weight"] ?? facts.shapes["linear.weight"])?.dimensions
      return norm != stem && head?.count == 2 && head?.last == norm
    })

  // MARK: Hugging Face

  package static let transformers = NameConvention(
    owner: "Hugging Face's transformers",
    // Its networks without a head do not have the prefix.
    rules: ["resnet.", ""].flatMap { prefix in
      [
        NameRule(prefix + "embedder.embedder.convolution", "conv1"),
        NameRule(prefix + "embedder.embedder.normalization", "bn1"),
        NameRule(prefix + "encoder.stages.@.layers.#.layer.@.convolution", "layer@.#.conv@"),
        NameRule(prefix + "encoder.stages.@.layers.#.layer.@.normalization", "layer@.#.bn@"),
        NameRule(prefix + "encoder.stages.@.layers.#.shortcut.convolution", "layer@.#.downsample.0"),
        NameRule(prefix + "encoder.stages.@.layers.#.shortcut.normalization", "layer@.#.downsample.1"),
      ]
    } + [NameRule("classifier.1", "fc")])

  // MARK: Wide networks

  /// Modules of three groups of blocks.
  private static let wideModules = NameConvention(
    owner: "WideResNet-pytorch",
    rules: [
      NameRule("conv1"), NameRule("bn1", "norm"), NameRule("fc"),
      NameRule("block#.layer.#.bn#", "layer#.#.bn#"), NameRule("block#.layer.#.conv#", "layer#.#.conv#"),
      NameRule("block#.layer.#.convShortcut", "layer#.#.downsample.0"),
    ],
    activatesShortcuts: true)

  /// Tables of tensors without modules, whose kernels have no name of their own (Zagoruyko and Komodakis 2016).
  private static let wideTables = NameConvention(
    owner: "the authors of Wide ResNets",
    rules: [
      NameRule("conv0", "conv1.weight"), NameRule("bn", "norm"), NameRule("fc"),
      NameRule("group@.block#.conv@", "layer@.#.conv@.weight"),
      NameRule("group@.block#.bn@", "layer@.#.bn@"),
      NameRule("group@.block#.convdim", "layer@.#.downsample.0.weight"),
    ],
    activatesShortcuts: true)
}
