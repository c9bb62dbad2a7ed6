/// One line of the tables of presets: how a net differs from the plain one of its blocks and depth.
struct PresetVariant {
  /// The ways in which nets of the family differ.
  enum Knob {
    /// Three 3×3 convolutions of these widths at the beginning.
    case deep(Int, Int, Int)
    /// Average pooling before projections (ResNet-D).
    case averageDown
    /// So many groups of so many channels at width 64 (ResNeXt).
    case groups(Int, width: Int)
    /// Bottlenecks whose 3×3 convolution has width / 64 times as many channels.
    case wide(Int)
    /// Squeeze-and-excitation of one part in `divisor` of the channels, as timm rounds it.
    case squeeze(divisor: Int)
    /// ECA with kernels that grow with the channels (Wang et al. 2020).
    case efficientAttention
    case antialias(Architecture.Antialias)
    /// Stage widths.
    case widths([Int])
    /// Everything so many times as wide, the stem included.
    case widened(Int)
    /// Per-stage block types.
    case blocks([Architecture.Block])
    /// The channels of each convolution in each block of each stage.
    case channels([[[Int]]])
    case stemPool(Architecture.Stem.Pool)
    case groupNorm
    case standardized(epsilon: Double)
    case shortcut(Architecture.Shortcut)
    case shortcutKernel(Int)
    case firstReduction(Int)
  }

  let name: String
  let block: Architecture.Block
  let blocks: [Int]
  let knobs: [Knob]

  init(_ name: String, _ block: Architecture.Block, _ blocks: [Int], _ knobs: [Knob] = []) {
    self.name = name
    self.block = block
    self.blocks = blocks
    self.knobs = knobs
  }

  /// A net for ImageNet: four stages of 64 to 512 channels behind the 7×7 stem, but for the knobs.
  var architecture: Architecture {
    var net = Architecture(
      name: name, stages: Architecture.halvingStages(blocks, widths: [64, 128, 256, 512]), block: block)
    for knob in knobs { knob.apply(to: &net) }
    return net
  }
}

extension PresetVariant.Knob {
  fileprivate func apply(to net: inout Architecture) {
    switch self {
    case .deep(let first, let second, let third):
      net.stem = Architecture.Stem(kind: .deep, widths: [first, second, third], pool: true)
    case .averageDown: net.shortcut = .averagePoolProjection
    case .groups(let groups, let width):
      net.groups = groups
      net.widthPerGroup = width
    case .wide(let width): net.widthPerGroup = width
    case .squeeze(let divisor):
      net.attention = .squeezeExcitation(
        innerChannels: net.stages.map { max(8, (net.outputChannels(of: $0) / divisor + 4) / 8 * 8) },
        bias: true)
    case .efficientAttention:
      // |log2(channels) + 1| / 2, made odd.
      net.attention = .efficient(
        kernels: net.stages.map { stage in
          let channels = net.outputChannels(of: stage)
          let log = Int.bitWidth - 1 - channels.leadingZeroBitCount
          return max((log + 1) / 2 | 1, 3)
        })
    case .antialias(let filter): net.antialias = filter
    case .widths(let widths):
      for index in net.stages.indices { net.stages[index].width = widths[index] }
    case .widened(let factor):
      net.stem.widths = net.stem.widths.map { $0 * factor }
      for index in net.stages.indices { net.stages[index].width *= factor }
    case .blocks(let blocks):
      for index in net.stages.indices { net.stages[index].block = blocks[index] }
    case .channels(let channels):
      for index in net.stages.indices { net.stages[index].channels = channels[index] }
    case .stemPool(let pool): net.stem.poolKind = pool
    case .groupNorm: net.normalization.kind = .group(groups: 32)
    case .standardized(let epsilon): net.weightStandardization = epsilon
    case .shortcut(let shortcut): net.shortcut = shortcut
    case .shortcutKernel(let kernel): net.shortcutKernel = kernel
    case .firstReduction(let divisor): net.firstReduction = divisor
    }
  }
}

extension Architecture {
  /// Stages of which every one but the first halves the resolution.
  static func halvingStages(_ blocks: [Int], widths: [Int]) -> [Stage] {
    zip(blocks, widths).enumerated().map { index, stage in
      Stage(blocks: stage.0, width: stage.1, stride: index == 0 ? 1 : 2)
    }
  }
}
