/// A net for images of 32×32 and ten classes.
struct SmallPreset {
  let architecture: Architecture

  /// - Parameter stem: channels of the 3×3 stem; those of the first stage by default.
  init(
    _ name: String, _ block: Architecture.Block, _ blocks: [Int], widths: [Int], stem: Int? = nil,
    shortcut: Architecture.Shortcut = .projection
  ) {
    architecture = Architecture(
      name: name, input: .init(height: 32, width: 32), stem: .conv3x3(width: stem ?? widths[0]),
      stages: Architecture.halvingStages(blocks, widths: widths), block: block, shortcut: shortcut,
      classes: 10)
  }
}

extension Architecture {
  /// He et al. 2015, section 4.2, and 2016: three stages of (depth - 2) / 6 basic blocks or (depth - 2) / 9 bottlenecks;
  /// and nets with the stages of ImageNet's.
  static let cifarNets: [SmallPreset] =
    [20, 32, 44, 56, 110, 1202].map { cifar("cifar_resnet\($0)", .basic, ($0 - 2) / 6, shortcut: .zeroPad) }
    + [20, 32, 44, 56].map { cifar("cifar_plain\($0)", .basic, ($0 - 2) / 6, shortcut: .none) }
    + [20, 32, 44, 56, 110].map { cifar("cifar_preresnet\($0)", .preactivationBasic, ($0 - 2) / 6) }
    + [164, 1001].map { cifar("cifar_preresnet\($0)", .preactivationBottleneck, ($0 - 2) / 9) }
    + [
      SmallPreset("small_resnet18", .basic, [2, 2, 2], widths: [16, 32, 64]),
      SmallPreset("resnet18_cifar", .basic, [2, 2, 2, 2], widths: [64, 128, 256, 512]),
      SmallPreset("preact_resnet18", .preactivationBasic, [2, 2, 2, 2], widths: [64, 128, 256, 512]),
    ]

  /// Zagoruyko and Komodakis 2016: `WRN-depth-factor`.
  static let widenedNets: [SmallPreset] =
    [(16, 4), (16, 8), (28, 10), (40, 2), (40, 4)].map { depth, factor in
      SmallPreset(
        "wrn_\(depth)_\(factor)", .preactivationBasic, Array(repeating: (depth - 4) / 6, count: 3),
        widths: [16 * factor, 32 * factor, 64 * factor], stem: 16)
    }

  /// Nets of one width, so that they differ in depth alone: a stem and so many convolutions of 3×3 with 16 channels, two in each block.
  static let constantNets: [SmallPreset] =
    [8, 32].map { constant("constant_plain\($0)", convolutions: $0, shortcut: .none) }
    + [8, 32].map { constant("constant_resnet\($0)", convolutions: $0, shortcut: .projection) }

  private static func constant(_ name: String, convolutions: Int, shortcut: Shortcut) -> SmallPreset {
    SmallPreset(name, .basic, [convolutions / 2], widths: [16], shortcut: shortcut)
  }

  private static func cifar(
    _ name: String, _ block: Block, _ blocks: Int, shortcut: Shortcut = .projection
  ) -> SmallPreset {
    SmallPreset(
      name, block, Array(repeating: blocks, count: 3), widths: [16, 32, 64], shortcut: shortcut)
  }
}
