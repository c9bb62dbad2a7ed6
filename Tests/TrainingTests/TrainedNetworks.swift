import ModelDescriptor

/// Narrow networks that have every kind of layer between them.
enum TrainedNetworks {
  static let all: [(name: String, architecture: Architecture)] = [
    ("basic", small(.basic)),
    ("bottleneck", small(.bottleneck)),
    ("option A", with(small(.basic, widths: [5, 9])) { $0.shortcut = .zeroPad }),
    ("option C", with(small(.basic)) { $0.shortcut = .projectionAlways }),
    ("plain", with(small(.basic)) { $0.shortcut = .none }),
    (
      "groups, v1 stride",
      with(small(.bottleneck, widths: [16, 32])) {
        $0.groups = 4; $0.widthPerGroup = 16; $0.bottleneckStride = .conv1
      }
    ),
    (
      "dilated",
      with(small(.bottleneck)) { $0.stages[1] = .init(blocks: 2, width: 8, stride: 1, dilation: 2) }
    ),
    (
      "deep stem, ResNet-D shortcut",
      with(small(.basic)) {
        $0.stem = .init(kind: .deep, widths: [4, 4, 8], pool: true); $0.shortcut = .averagePoolProjection
      }
    ),
    (
      "average pool shortcut, dilated",
      with(small(.basic)) {
        $0.shortcut = .averagePoolProjection
        $0.stages[1] = .init(blocks: 1, width: 8, stride: 1, dilation: 2)
      }
    ),
    (
      "7×7 stem, multilayer head",
      with(small(.basic)) {
        $0.stem = .init(kind: .conv7x7, widths: [6], pool: true)
        $0.head = .multilayer(widths: [12], dropout: [0, 0])
      }
    ),
    ("pre-activation", small(.preactivationBasic)),
    (
      "pre-activation bottleneck, option C",
      with(small(.preactivationBottleneck)) { $0.shortcut = .projectionAlways }
    ),
    (
      "pre-activation, option A",
      with(small(.preactivationBasic, widths: [5, 9])) { $0.shortcut = .zeroPad }
    ),
    (
      "squeeze-and-excitation",
      with(small(.bottleneck)) { $0.attention = .squeezeExcitation(innerChannels: [3, 5], bias: true) }
    ),
    (
      "squeeze-and-excitation, pre-activation",
      with(small(.preactivationBasic)) {
        $0.attention = .squeezeExcitation(innerChannels: [1, 2], bias: false, layers: .linear)
      }
    ),
    ("ECA", with(small(.bottleneck)) { $0.attention = .efficient(kernels: [3, 5]) }),
    (
      "blur",
      with(small(.basic)) {
        $0.antialias = .blur
        $0.stem = .init(kind: .conv7x7, widths: [6], pool: true)
      }
    ),
    (
      "average pools",
      with(small(.bottleneck)) {
        $0.antialias = .averagePool
        $0.input = .init(height: 16, width: 16)
        $0.stem = .init(kind: .conv7x7, widths: [6], pool: true)
      }
    ),
    (
      "group norm",
      with(small(.bottleneck)) {
        $0.normalization.kind = .group(groups: 4)
        $0.stem = .conv3x3(width: 8)
      }
    ),
    (
      "standardised weights",
      with(small(.preactivationBottleneck)) {
        $0.normalization.kind = .group(groups: 2)
        $0.weightStandardization = 1e-6
        $0.stem = .init(kind: .conv7x7, widths: [6], pool: true, poolKind: .maxZeroPadded)
      }
    ),
    (
      "a partial pool behind a stem with a norm",
      with(small(.preactivationBasic)) {
        $0.stem = .init(
          kind: .conv7x7, widths: [6], pool: true, poolKind: .maxPartial, isNormalized: true)
      }
    ),
    (
      "convolution biases",
      with(small(.preactivationBottleneck)) {
        $0.convolutionBias = .unnormalized
        $0.stridePosition = .last
        $0.stages[0].stride = 2
        $0.stages[1].stride = 1
      }
    ),
    ("instance norm", with(small(.basic)) { $0.normalization.kind = .instance(affine: true) }),
    ("plain instance norm", with(small(.bottleneck)) { $0.normalization.kind = .instance(affine: false) }),
    (
      "pre-activation, raw projections, late strides",
      with(small(.preactivationBasic)) {
        $0.shortcutInput = .raw; $0.basicStride = .conv2
      }
    ),
    ("global maximum", with(small(.basic)) { $0.globalPool = .max }),
    ("mean of average and maximum", with(small(.basic)) { $0.globalPool = .averageMax }),
    ("average beside maximum", with(small(.preactivationBasic)) { $0.globalPool = .concatenated }),
  ]

  static func named(_ name: String) -> Architecture? { all.first { $0.name == name }?.architecture }

  static func small(_ block: Architecture.Block, widths: [Int] = [4, 8]) -> Architecture {
    Architecture(
      input: .init(height: 10, width: 12), stem: .conv3x3(width: 5),
      stages: widths.enumerated().map { .init(blocks: 2, width: $1, stride: $0 == 0 ? 1 : 2) }, block: block,
      classes: 7)
  }

  static func with(
    _ architecture: Architecture, _ change: (inout Architecture) -> Void
  ) -> Architecture {
    var copy = architecture
    change(&copy)
    return copy
  }
}
