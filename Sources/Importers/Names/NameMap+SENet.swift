import ModelDescriptor

extension NameMap {
  /// The names of squeeze-and-excitation networks that were ported from Caffe (Hu et al. 2018), which timm keeps as
  /// `legacy_senet`.
  static let portedSENets = [true, false].map { isDeep in
    NameConvention(
      owner: "SENets ported from Caffe", rules: senetRules(isDeep: isDeep),
      suits: { facts in
        facts.extent("layer0.conv1.weight") != nil && isDeep == (facts.extent("layer0.conv3.weight") != nil)
      },
      habits: { net in
        net.stem.poolKind = .maxPartial
        // Networks with groups stride in their 3×3 convolution.
        if net.groups == 1 { net.bottleneckStride = .conv1 }
      },
      obstacle: { net in
        net.stages.contains { !net.kind(of: $0).isBottleneck }
          ? "have a ReLU before the attention of their basic blocks" : nil
      })
  }

  private static func senetRules(isDeep: Bool) -> [NameRule] {
    let stem =
      isDeep
      ? [
        NameRule("layer0.conv1", "conv1.0"), NameRule("layer0.bn1", "conv1.1"),
        NameRule("layer0.conv2", "conv1.3"), NameRule("layer0.bn2", "conv1.4"),
        NameRule("layer0.conv3", "conv1.6"), NameRule("layer0.bn3", "bn1"),
      ] : [NameRule("layer0.conv1", "conv1"), NameRule("layer0.bn1", "bn1")]
    let blocks = ["conv#", "bn#", "downsample.#"].map { NameRule("layer#.#." + $0) }
    return stem + blocks + [
      NameRule("layer#.#.se_module.fc#", "layer#.#.se.fc#"), NameRule("last_linear", "fc"),
    ]
  }
}
