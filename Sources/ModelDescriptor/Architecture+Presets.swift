extension Architecture {
  /// The named variants, in the order in which they are listed.
  public static var presets: [Architecture] { presetTable.map { $0.net.named($0.name) } }

  /// The variant of that name, with another number of classes if one is given.
  ///
  /// - Throws: ``DescriptorError`` with ``DescriptorError/Code/unknownName`` that suggests close names.
  public static func preset(named name: String, classes: Int? = nil) throws(DescriptorError) -> Architecture {
    guard let entry = presetTable.first(where: { $0.name == name }) else {
      let close = presetTable.map(\.name).filter { $0.hasPrefix(name.prefix(6)) || name.hasPrefix($0) }
        .prefix(6)
      let hint = close.isEmpty ? "" : "; close to it: \(close.joined(separator: ", "))"
      throw DescriptorError(
        .unknownName, field: "",
        "there is no architecture named '\(name)'\(hint) ('reszoo architectures' lists all)")
    }
    var architecture = entry.net.named(name)
    if let classes { architecture.classes = classes }
    try architecture.validate()
    return architecture
  }

  private func named(_ name: String) -> Architecture {
    var copy = self
    copy.name = name
    return copy
  }

  private typealias Entry = (name: String, net: Architecture)

  private static let presetTable: [Entry] =
    torchvisionPresets + cifarPresets + preactivationPresets + attentionPresets

  /// The ten nets of torchvision's `resnet.py`.
  private static let torchvisionPresets: [Entry] = [
    ("resnet18", imageNet(.basic, [2, 2, 2, 2])),
    ("resnet34", imageNet(.basic, [3, 4, 6, 3])),
    ("resnet50", imageNet(.bottleneck, [3, 4, 6, 3])),
    ("resnet101", imageNet(.bottleneck, [3, 4, 23, 3])),
    ("resnet152", imageNet(.bottleneck, [3, 8, 36, 3])),
    ("resnext50_32x4d", imageNet(.bottleneck, [3, 4, 6, 3], groups: 32, widthPerGroup: 4)),
    ("resnext101_32x8d", imageNet(.bottleneck, [3, 4, 23, 3], groups: 32, widthPerGroup: 8)),
    ("resnext101_64x4d", imageNet(.bottleneck, [3, 4, 23, 3], groups: 64, widthPerGroup: 4)),
    ("wide_resnet50_2", imageNet(.bottleneck, [3, 4, 6, 3], widthPerGroup: 128)),
    ("wide_resnet101_2", imageNet(.bottleneck, [3, 4, 23, 3], widthPerGroup: 128)),
  ]

  /// The paper's CIFAR-10 nets of 6n+2 layers, their plain twins, and two nets with projections.
  private static let cifarPresets: [Entry] =
    [20, 32, 44, 56, 110, 1202].map { depth in
      ("cifar_resnet\(depth)", cifar(depth: depth, shortcut: .zeroPad))
    }
    + [20, 32, 44, 56].map { depth in ("cifar_plain\(depth)", cifar(depth: depth, shortcut: .none)) }
    + [
      ("small_resnet18", small(.basic, blocks: [2, 2, 2], widths: [16, 32, 64])),
      ("resnet18_cifar", small(.basic, blocks: [2, 2, 2, 2], widths: [64, 128, 256, 512])),
    ]

  private static let preactivationPresets: [Entry] = [
    ("preact_resnet18", small(.preactivationBasic, blocks: [2, 2, 2, 2], widths: [64, 128, 256, 512])),
    ("resnetv2_50", imageNet(.preactivationBottleneck, [3, 4, 6, 3])),
    ("resnetv2_101", imageNet(.preactivationBottleneck, [3, 4, 23, 3])),
    ("wrn_16_4", wide(depth: 16, factor: 4)),
    ("wrn_28_10", wide(depth: 28, factor: 10)),
  ]

  private static let attentionPresets: [Entry] = [
    ("seresnet18", squeezed(imageNet(.basic, [2, 2, 2, 2]))),
    ("seresnet50", squeezed(imageNet(.bottleneck, [3, 4, 6, 3]))),
    ("seresnext50_32x4d", squeezed(imageNet(.bottleneck, [3, 4, 6, 3], groups: 32, widthPerGroup: 4))),
    ("resnet18d", tweaked(imageNet(.basic, [2, 2, 2, 2]))),
    ("resnet34d", tweaked(imageNet(.basic, [3, 4, 6, 3]))),
    ("resnet50d", tweaked(imageNet(.bottleneck, [3, 4, 6, 3]))),
    ("resnet101d", tweaked(imageNet(.bottleneck, [3, 4, 23, 3]))),
    (
      "ecaresnet50d",
      efficient(tweaked(imageNet(.bottleneck, [3, 4, 6, 3])), kernels: [5, 5, 5, 7])
    ),
  ]

  /// Four stages of 64 to 512 channels behind the 7×7 stem.
  private static func imageNet(
    _ block: Block, _ blocks: [Int], groups: Int = 1, widthPerGroup: Int = 64
  ) -> Architecture {
    Architecture(
      stages: stages(blocks, widths: [64, 128, 256, 512]), block: block, groups: groups,
      widthPerGroup: widthPerGroup)
  }

  /// He et al. 2015, section 4.2: three stages of (depth - 2) / 6 basic blocks.
  private static func cifar(depth: Int, shortcut: Shortcut) -> Architecture {
    var net = small(
      .basic, blocks: Array(repeating: (depth - 2) / 6, count: 3), widths: [16, 32, 64])
    net.shortcut = shortcut
    return net
  }

  /// Pictures of 32×32 and ten classes, a 3×3 stem as wide as the first stage.
  private static func small(_ block: Block, blocks: [Int], widths: [Int]) -> Architecture {
    Architecture(
      input: Input(height: 32, width: 32), stem: .conv3x3(width: widths[0]),
      stages: stages(blocks, widths: widths), block: block, classes: 10)
  }

  /// Zagoruyko and Komodakis 2016: `WRN-depth-factor`.
  private static func wide(depth: Int, factor: Int) -> Architecture {
    var net = small(
      .preactivationBasic, blocks: Array(repeating: (depth - 4) / 6, count: 3),
      widths: [16 * factor, 32 * factor, 64 * factor])
    net.stem = .conv3x3(width: 16)
    return net
  }

  /// With squeeze-and-excitation as timm rounds it: a sixteenth of the channels, to the nearest multiple of 8.
  private static func squeezed(_ net: Architecture) -> Architecture {
    var net = net
    net.attention = .squeezeExcitation(
      innerChannels: net.stages.map { max(8, (net.outputChannels(of: $0) / 16 + 4) / 8 * 8) }, bias: true)
    return net
  }

  /// With ECA of the given kernel sizes.
  private static func efficient(_ net: Architecture, kernels: [Int]) -> Architecture {
    var net = net
    net.attention = .efficient(kernels: kernels)
    return net
  }

  /// He et al. 2018: the deep stem and average pooling before projections (ResNet-D).
  private static func tweaked(_ net: Architecture) -> Architecture {
    var net = net
    net.stem = Stem(kind: .deep, widths: [32, 32, 64], pool: true)
    net.shortcut = .averagePoolProjection
    return net
  }

  /// Every stage but the first halves the resolution.
  private static func stages(_ blocks: [Int], widths: [Int]) -> [Stage] {
    zip(blocks, widths).enumerated().map { index, stage in
      Stage(blocks: stage.0, width: stage.1, stride: index == 0 ? 1 : 2)
    }
  }
}
