extension Architecture {
  private typealias Knob = PresetVariant.Knob
  private static let d: [Knob] = [.deep(32, 32, 64), .averageDown]
  private static let s: [Knob] = [.deep(64, 64, 128)]
  private static let t: [Knob] = [.deep(24, 32, 64), .averageDown]
  private static let x32x4d: [Knob] = [.groups(32, width: 4)]
  private static let x32x8d: [Knob] = [.groups(32, width: 8)]
  private static let x64x4d: [Knob] = [.groups(64, width: 4)]
  private static let se: [Knob] = [.squeeze(divisor: 16)]
  private static let eca: [Knob] = [.efficientAttention]
  private static let blur: [Knob] = [.antialias(.blur)]
  private static let aa: [Knob] = [.antialias(.averagePool)]
  private static let rs: [Knob] = d + [.stemPool(.convolution), .squeeze(divisor: 4)]

  // Blocks of each stage by the number of layers.
  private static let n18 = [2, 2, 2, 2]
  private static let n50 = [3, 4, 6, 3]
  private static let n101 = [3, 4, 23, 3]
  private static let n152 = [3, 8, 36, 3]
  private static let n200 = [3, 24, 36, 3]
  private static let n269 = [3, 30, 48, 8]

  /// The ten nets of torchvision's `resnet.py`.
  static let torchvisionNets: [PresetVariant] = [
    .init("resnet18", .basic, n18),
    .init("resnet34", .basic, n50),
    .init("resnet50", .bottleneck, n50),
    .init("resnet101", .bottleneck, n101),
    .init("resnet152", .bottleneck, n152),
    .init("resnext50_32x4d", .bottleneck, n50, x32x4d),
    .init("resnext101_32x8d", .bottleneck, n101, x32x8d),
    .init("resnext101_64x4d", .bottleneck, n101, x64x4d),
    .init("wide_resnet50_2", .bottleneck, n50, [.wide(128)]),
    .init("wide_resnet101_2", .bottleneck, n101, [.wide(128)]),
  ]

  /// The networks of timm's `resnet` module that torchvision does not have, by timm's names.
  static let timmNets: [PresetVariant] = [
    .init("resnet10t", .basic, [1, 1, 1, 1], t),
    .init("resnet14t", .bottleneck, [1, 1, 1, 1], t),
    .init("resnet18d", .basic, n18, d),
    .init("resnet26", .bottleneck, n18),
    .init("resnet26d", .bottleneck, n18, d),
    .init("resnet26t", .bottleneck, n18, t),
    .init("resnet34d", .basic, n50, d),
    .init("resnet50c", .bottleneck, n50, [.deep(32, 32, 64)]),
    .init("resnet50d", .bottleneck, n50, d),
    .init("resnet50s", .bottleneck, n50, s),
    .init("resnet50t", .bottleneck, n50, t),
    .init("resnet50_gn", .bottleneck, n50, [.groupNorm]),
    .init("resnet101c", .bottleneck, n101, [.deep(32, 32, 64)]),
    .init("resnet101d", .bottleneck, n101, d),
    .init("resnet101s", .bottleneck, n101, s),
    .init("resnet152c", .bottleneck, n152, [.deep(32, 32, 64)]),
    .init("resnet152d", .bottleneck, n152, d),
    .init("resnet152s", .bottleneck, n152, s),
    .init("resnet200", .bottleneck, n200),
    .init("resnet200d", .bottleneck, n200, d),
    .init("resnext50d_32x4d", .bottleneck, n50, d + x32x4d),
    .init("resnext101_32x4d", .bottleneck, n101, x32x4d),
    .init("resnext101_32x16d", .bottleneck, n101, [.groups(32, width: 16)]),
    .init("resnext101_32x32d", .bottleneck, n101, [.groups(32, width: 32)]),
    .init("resnetaa34d", .basic, n50, d + aa),
    .init("resnetaa50", .bottleneck, n50, aa),
    .init("resnetaa50d", .bottleneck, n50, d + aa),
    .init("resnetaa101d", .bottleneck, n101, d + aa),
    .init("resnetblur18", .basic, n18, blur),
    .init("resnetblur50", .bottleneck, n50, blur),
    .init("resnetblur50d", .bottleneck, n50, d + blur),
    .init("resnetblur101d", .bottleneck, n101, d + blur),
    .init("seresnet18", .basic, n18, se),
    .init("seresnet34", .basic, n50, se),
    .init("seresnet50", .bottleneck, n50, se),
    .init("seresnet50t", .bottleneck, n50, t + se),
    .init("seresnet101", .bottleneck, n101, se),
    .init("seresnet152", .bottleneck, n152, se),
    .init("seresnet152d", .bottleneck, n152, d + se),
    .init("seresnet200d", .bottleneck, n200, d + se),
    .init("seresnet269d", .bottleneck, n269, d + se),
    .init("seresnext26d_32x4d", .bottleneck, n18, d + x32x4d + se),
    .init("seresnext26t_32x4d", .bottleneck, n18, t + x32x4d + se),
    .init("seresnext50_32x4d", .bottleneck, n50, x32x4d + se),
    .init("seresnext101_32x4d", .bottleneck, n101, x32x4d + se),
    .init("seresnext101_32x8d", .bottleneck, n101, x32x8d + se),
    .init("seresnext101d_32x8d", .bottleneck, n101, d + x32x8d + se),
    .init("seresnext101_64x4d", .bottleneck, n101, x64x4d + se),
    .init("seresnetaa50d", .bottleneck, n50, d + aa + se),
    .init("seresnextaa101d_32x8d", .bottleneck, n101, d + x32x8d + aa + se),
    .init("seresnextaa201d_32x8d", .bottleneck, [3, 24, 36, 4], s + [.averageDown] + x32x8d + aa + se),
    .init("senet154", .bottleneck, n152, s + x64x4d + [.firstReduction(2), .shortcutKernel(3)] + se),
    .init("ecaresnet26t", .bottleneck, n18, t + eca),
    .init("ecaresnet50d", .bottleneck, n50, d + eca),
    .init("ecaresnet50d_pruned", .bottleneck, n50, d + eca + [.channels(PrunedChannels.ecaresnet50d)]),
    .init("ecaresnet50t", .bottleneck, n50, t + eca),
    .init("ecaresnetlight", .bottleneck, [1, 1, 11, 3], [.averageDown] + eca),
    .init("ecaresnet101d", .bottleneck, n101, d + eca),
    .init("ecaresnet101d_pruned", .bottleneck, n101, d + eca + [.channels(PrunedChannels.ecaresnet101d)]),
    .init("ecaresnet200d", .bottleneck, n200, d + eca),
    .init("ecaresnet269d", .bottleneck, n269, d + eca),
    .init("ecaresnext26t_32x4d", .bottleneck, n18, t + x32x4d + eca),
    .init("ecaresnext50t_32x4d", .bottleneck, n50, t + x32x4d + eca),
    .init("resnetrs50", .bottleneck, n50, rs),
    .init("resnetrs101", .bottleneck, n101, rs),
    .init("resnetrs152", .bottleneck, n152, rs),
    .init("resnetrs200", .bottleneck, n200, rs),
    .init("resnetrs270", .bottleneck, [4, 29, 53, 4], rs),
    .init("resnetrs350", .bottleneck, [4, 36, 72, 4], rs),
    .init("resnetrs420", .bottleneck, [4, 44, 87, 4], rs),
    .init(
      "test_resnet", .basic, [1, 1, 1, 1],
      [
        .deep(16, 16, 32), .averageDown, .widths([32, 48, 48, 96]),
        .blocks([.basic, .basic, .bottleneck, .basic]),
      ]),
  ]

  /// timm's `resnetv2` with batch norm, and one with group norm (He et al. 2016).
  static let preactivationNets: [PresetVariant] = [
    .init("resnetv2_18", .preactivationBasic, n18),
    .init("resnetv2_18d", .preactivationBasic, n18, d),
    .init("resnetv2_34", .preactivationBasic, n50),
    .init("resnetv2_34d", .preactivationBasic, n50, d),
    .init("resnetv2_50", .preactivationBottleneck, n50),
    .init("resnetv2_50d", .preactivationBottleneck, n50, d),
    .init("resnetv2_50t", .preactivationBottleneck, n50, t),
    .init("resnetv2_50d_gn", .preactivationBottleneck, n50, d + [.groupNorm]),
    .init("resnetv2_101", .preactivationBottleneck, n101),
    .init("resnetv2_101d", .preactivationBottleneck, n101, d),
    .init("resnetv2_152", .preactivationBottleneck, n152),
    .init("resnetv2_152d", .preactivationBottleneck, n152, d),
  ]

  /// Big Transfer (Kolesnikov et al. 2020): group norm, standardised weights, a stem padded with zeros.
  static let bigTransferNets: [PresetVariant] = [
    bigTransfer("resnetv2_50x1_bit", n50, factor: 1),
    bigTransfer("resnetv2_50x3_bit", n50, factor: 3),
    bigTransfer("resnetv2_101x1_bit", n101, factor: 1),
    bigTransfer("resnetv2_101x3_bit", n101, factor: 3),
    bigTransfer("resnetv2_152x2_bit", n152, factor: 2),
    bigTransfer("resnetv2_152x4_bit", n152, factor: 4),
  ]

  private static func bigTransfer(_ name: String, _ blocks: [Int], factor: Int) -> PresetVariant {
    PresetVariant(
      name, .preactivationBottleneck, blocks,
      [.widened(factor), .groupNorm, .standardized(epsilon: 1e-8), .stemPool(.maxZeroPadded)])
  }
}
