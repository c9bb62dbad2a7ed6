import ModelDescriptor

extension NameMap {
  /// The names of Big Transfer's archives of NumPy arrays (Kolesnikov et al. 2020), outputs last.
  static let bigTransfer = NameConvention(
    owner: "Big Transfer", rules: bigTransferRules, layout: .outputsLast,
    suits: { facts in facts.shapes.keys.contains { $0.hasSuffix("/standardized_conv2d/kernel") } },
    activatesShortcuts: true, preprocessing: ("symmetric", .symmetric),
    habits: { net in
      net.stem.poolKind = .maxZeroPadded
      net.normalization = Architecture.Normalization(kind: .group(groups: 32), epsilon: 1e-5)
      net.weightStandardization = 1e-10
    },
    decidesNorms: true)

  private static var bigTransferRules: [NameRule] {
    var rules: [NameRule] = []
    // Units have two digits from 01 on.
    for unit in ["unit0^", "unit^"] {
      for (index, letter) in ["a", "b", "c"].enumerated() {
        let path = "block#/\(unit)/\(letter)/"
        rules.append(NameRule(path + "standardized_conv2d/kernel", "layer#.^.conv\(index + 1).weight"))
        rules.append(NameRule(path + "group_norm/gamma", "layer#.^.bn\(index + 1).weight"))
        rules.append(NameRule(path + "group_norm/beta", "layer#.^.bn\(index + 1).bias"))
      }
      rules.append(
        NameRule("block#/\(unit)/a/proj/standardized_conv2d/kernel", "layer#.^.downsample.0.weight"))
    }
    rules += [
      NameRule("root_block/standardized_conv2d/kernel", "conv1.weight"),
      NameRule("group_norm/gamma", "norm.weight"), NameRule("group_norm/beta", "norm.bias"),
      NameRule("head/conv2d/kernel", "fc.weight"), NameRule("head/conv2d/bias", "fc.bias"),
    ]
    return rules.map { NameRule("resnet/" + $0.foreign, $0.own) }
  }
}
