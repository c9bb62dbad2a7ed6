import Kernels
import ModelDescriptor
import ResNetGraph
import ResNetModel
import TensorCore
import TestSupport

/// Narrow networks of every form that runs, small enough for the reference.
enum TestNetworks {
  static let all: [(name: String, architecture: Architecture)] = forms + variants

  private static let forms: [(name: String, architecture: Architecture)] = [
    ("basic", small(.basic)),
    ("bottleneck", small(.bottleneck)),
    ("option A", with(small(.basic, widths: [5, 9, 17])) { $0.shortcut = .zeroPad }),
    (
      "option A bottleneck",
      with(small(.bottleneck)) {
        $0.shortcut = .zeroPad; $0.stem = .conv3x3(width: 6)
      }
    ),
    ("option C", with(small(.basic)) { $0.shortcut = .projectionAlways }),
    ("plain", with(small(.basic)) { $0.shortcut = .none }),
    ("v1 stride", with(small(.bottleneck)) { $0.bottleneckStride = .conv1 }),
    (
      "groups",
      with(small(.bottleneck, widths: [16, 32])) {
        $0.groups = 4; $0.widthPerGroup = 16
      }
    ),
    ("wide", with(small(.bottleneck)) { $0.widthPerGroup = 128 }),
    (
      "dilated",
      with(small(.bottleneck)) { $0.stages[1] = .init(blocks: 2, width: 8, stride: 1, dilation: 2) }
    ),
    ("deep stem", with(small(.basic)) { $0.stem = .init(kind: .deep, widths: [4, 4, 8], pool: true) }),
    (
      "7×7 stem, four stages",
      with(small(.basic, widths: [4, 6, 8, 10])) { $0.stem = .init(kind: .conv7x7, widths: [6], pool: true) }
    ),
    (
      "multilayer head",
      with(small(.basic)) { $0.head = .multilayer(widths: [12], dropout: [0.3, 0.2]) }
    ),
    ("one channel", with(small(.basic)) { $0.input.channels = 1 }),
  ]

  /// Every knob that no other net turns, once at least.
  private static let variants: [(name: String, architecture: Architecture)] = [
    ("instance norm", with(small(.bottleneck)) { $0.normalization.kind = .instance(affine: true) }),
    ("plain instance norm", with(small(.basic)) { $0.normalization.kind = .instance(affine: false) }),
    (
      "pre-activation, raw projections, late strides",
      with(small(.preactivationBasic)) {
        $0.shortcutInput = .raw; $0.basicStride = .conv2
      }
    ),
    (
      "no head",
      with(small(.basic)) {
        $0.head = .none
        $0.classes = $0.featureCount
      }
    ),
    ("pre-activation", small(.preactivationBasic)),
    ("pre-activation bottleneck", small(.preactivationBottleneck)),
    (
      "pre-activation, deep stem",
      with(small(.preactivationBottleneck)) {
        $0.stem = .init(kind: .deep, widths: [4, 4, 8], pool: true)
        $0.shortcut = .averagePoolProjection
      }
    ),
    (
      "pre-activation, option A", with(small(.preactivationBasic, widths: [5, 9])) { $0.shortcut = .zeroPad }
    ),
    ("pre-activation, option C", with(small(.preactivationBasic)) { $0.shortcut = .projectionAlways }),
    ("pre-activation, plain", with(small(.preactivationBasic)) { $0.shortcut = .none }),
    ("average pool shortcut", with(small(.basic)) { $0.shortcut = .averagePoolProjection }),
    (
      "average pool shortcut, dilated",
      with(small(.bottleneck)) {
        $0.shortcut = .averagePoolProjection
        $0.stages[1] = .init(blocks: 2, width: 8, stride: 1, dilation: 2)
      }
    ),
    (
      "squeeze-and-excitation",
      with(small(.bottleneck)) { $0.attention = .squeezeExcitation(innerChannels: [3, 5], bias: true) }
    ),
    (
      "linear squeeze-and-excitation",
      with(small(.basic)) {
        $0.attention = .squeezeExcitation(innerChannels: [1, 2], bias: false, layers: .linear)
      }
    ),
    (
      "squeeze-and-excitation, pre-activation",
      with(small(.preactivationBasic)) {
        $0.attention = .squeezeExcitation(innerChannels: [1, 2], bias: true)
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
      "blur, dilated",
      with(small(.bottleneck)) {
        $0.antialias = .blur
        $0.stages[1] = .init(blocks: 2, width: 8, stride: 1, dilation: 2)
      }
    ),
    ("blur, pre-activation", with(small(.preactivationBottleneck)) { $0.antialias = .blur }),
    (
      "convolution as pool",
      with(small(.basic)) {
        $0.stem = .init(kind: .deep, widths: [4, 6, 8], pool: true, poolKind: .convolution)
      }
    ),
    (
      "convolution as pool, blurred",
      with(small(.basic)) {
        $0.stem = .init(kind: .conv7x7, widths: [6], pool: true, poolKind: .convolution)
        $0.antialias = .blur
      }
    ),
    (
      "3×3 shortcuts and reduced first convolutions",
      with(small(.bottleneck, widths: [8, 16])) {
        $0.shortcutKernel = 3
        $0.firstReduction = 2
        $0.groups = 2
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
      "average pools",
      with(small(.bottleneck)) {
        $0.antialias = .averagePool
        $0.stages[0].stride = 1
        $0.stem = .init(kind: .conv7x7, widths: [6], pool: true)
        $0.stages[1].stride = 1
      }
    ),
    (
      "standardised weights",
      with(small(.preactivationBottleneck)) {
        $0.normalization.kind = .group(groups: 2)
        $0.weightStandardization = 1e-8
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
      "Keras v1",
      with(small(.bottleneck)) {
        $0.convolutionBias = .all
        $0.bottleneckStride = .conv1
        $0.normalization.epsilon = 1.001e-5
      }
    ),
    (
      "Keras v2",
      with(small(.preactivationBottleneck)) {
        $0.convolutionBias = .unnormalized
        $0.stridePosition = .last
        $0.stages[0].stride = 2
        $0.stages[1].stride = 1
        $0.stem = .init(kind: .conv7x7, widths: [6], pool: true, poolKind: .maxZeroPadded)
      }
    ),
    (
      "blocks by stage",
      with(small(.basic, widths: [4, 8, 6])) {
        $0.stages[1].block = .bottleneck
        $0.stages[2].block = .preactivationBasic
      }
    ),
    (
      "widths by layer",
      with(small(.bottleneck)) {
        $0.stages[0].channels = [[3, 5, 7], [2, 6, 7]]
        $0.stages[1].channels = [[5, 3, 11], [4, 4, 11]]
        $0.attention = .efficient(kernels: [3, 3])
      }
    ),
    (
      "expansion 2",
      with(small(.bottleneck, widths: [8, 16])) {
        $0.expansion = 2
        $0.groups = 4
        $0.widthPerGroup = 16
      }
    ),
    ("global maximum", with(small(.basic)) { $0.globalPool = .max }),
    ("mean of average and maximum", with(small(.basic)) { $0.globalPool = .averageMax }),
    (
      "average beside maximum",
      with(small(.preactivationBasic)) {
        $0.globalPool = .concatenated
        $0.input.channels = 5
      }
    ),
  ]

  static func small(_ block: Architecture.Block, widths: [Int] = [4, 8]) -> Architecture {
    Architecture(
      input: .init(height: 16, width: 20), stem: .conv3x3(width: 5),
      stages: widths.enumerated().map { .init(blocks: 2, width: $1, stride: $0 == 0 ? 1 : 2) }, block: block,
      classes: 7)
  }

  private static func with(
    _ architecture: Architecture, _ change: (inout Architecture) -> Void
  ) -> Architecture {
    var copy = architecture
    change(&copy)
    return copy
  }

  /// A model whose every parameter is away from its default, so that none can be left out unnoticed.
  static func model(_ architecture: Architecture, seed: UInt64 = 1) throws -> Model {
    let graph = try Graph(architecture)
    var noise = Noise(seed)
    var tensors: [String: Tensor] = [:]
    for parameter in graph.parameters {
      let count = parameter.shape.elementCount
      let fanIn = max(1, count / max(1, parameter.shape.dimensions[0]))
      let values: [Float] = (0..<count).map { _ in
        switch (parameter.role, parameter.shape.rank) {
        case (.weight, 1): 1 + 0.5 * noise.next()
        case (.weight, _): noise.next() * (3 / Float(fanIn)).squareRoot()
        case (.runningVariance, _): 1 + 0.5 * noise.next()
        case (.bias, _), (.runningMean, _): 0.2 * noise.next()
        }
      }
      tensors[parameter.name] = Tensor(shape: parameter.shape, floats: values)
    }
    return try Model(
      descriptor: ModelDescriptor(
        architecture: architecture, preprocessing: Preprocessing.usual(for: architecture).record,
        origin: Origin(kind: .imported)), parameters: tensors)
  }

  /// Images of [images, channels, height, width].
  static func images(_ count: Int, channels: Int = 3, height: Int, width: Int, seed: UInt64 = 9) -> Tensor {
    var noise = Noise(seed)
    return Tensor(
      shape: [count, channels, height, width], floats: noise.floats(count * channels * height * width))
  }
}

extension Tensor {
  var values: [Float] { (0..<shape.elementCount).map { floats[$0] } }
}
