import ModelDescriptor
import ResNetGraph
import ResNetModel
import TensorCore
import TestSupport
import Testing
import WeightTestSupport

@testable import Importers

/// A small network, and how some program or repository writes it.
struct Dialect: Sendable, CustomTestStringConvertible {
  var testDescription: String
  var net: Architecture
  /// What stands in foreign names for a part of the graph's, replaced in this order.
  var words: [(String, String)]
  /// Whether a 1×1 convolution stands for the head.
  var hasPointwiseHead = false
  var hasOutputsLast = false
  /// Whether each batch norm has its counter.
  var hasCounters = true
  /// What somebody who knows the network says of it.
  var settings: [Architecture.Setting] = []
  /// What some note of the import says.
  var note: String

  func foreign(_ name: String) -> String {
    words.reduce(name) { $0.replacing($1.0, with: $1.1) }
  }

  /// A tensor as it is stored.
  struct Stored: Equatable {
    var shape: [Int]
    var bytes: [UInt8]
  }

  /// The network with weights that tell every element from every other.
  func model() throws -> Model { try Model(untrained: net, seed: 5) }

  /// The tensors as the other program stores them.
  func tensors(_ model: Model) -> [String: Stored] {
    var result: [String: Stored] = [:]
    for parameter in model.graph.parameters {
      let tensor = model.parameter(parameter.name)
      let shape = tensor.shape.dimensions
      var stored = Stored(shape: shape, bytes: Array(copying: tensor.bytes))
      if hasPointwiseHead, parameter.name == "fc.weight" { stored.shape += [1, 1] }
      if hasOutputsLast, shape.count > 1 { stored = Self.outputsLast(stored) }
      result[foreign(parameter.name)] = stored
      if hasCounters, parameter.name.hasSuffix("running_mean") {
        result[foreign(parameter.name.replacing("running_mean", with: "num_batches_tracked"))] = Stored(
          shape: [], bytes: [7, 0, 0, 0, 0, 0, 0, 0])
      }
    }
    return result
  }

  /// [outputs, inputs, height, width] as [height, width, inputs, outputs].
  private static func outputsLast(_ tensor: Stored) -> Stored {
    let shape = tensor.shape + (tensor.shape.count == 2 ? [1, 1] : [])
    var bytes: [UInt8] = []
    for y in 0..<shape[2] {
      for x in 0..<shape[3] {
        for input in 0..<shape[1] {
          for output in 0..<shape[0] {
            let start = 4 * (((output * shape[1] + input) * shape[2] + y) * shape[3] + x)
            bytes += tensor.bytes[start..<start + 4]
          }
        }
      }
    }
    let last = [shape[2], shape[3], shape[1], shape[0]]
    return Stored(shape: tensor.shape.count == 2 ? Array(last[2...]) : last, bytes: bytes)
  }

  /// A safetensors file of these tensors.
  static func file(_ tensors: [String: Stored]) -> [UInt8] {
    // Counters come first, as they need the larger alignment.
    let ordered = tensors.sorted {
      ($1.value.shape.count.signum(), $0.key) > ($0.value.shape.count.signum(), $1.key)
    }
    var data: [UInt8] = []
    let entries = ordered.map { name, tensor in
      let start = data.count
      data += tensor.bytes
      let type = tensor.shape.isEmpty ? "I64" : "F32"
      return
        #""\#(name)":{"dtype":"\#(type)","shape":\#(tensor.shape),"data_offsets":[\#(start),\#(data.count)]}"#
    }
    var header = "{" + entries.joined(separator: ",") + "}"
    header += String(repeating: " ", count: -header.utf8.count & 7)
    return SafetensorsText.length(header.utf8.count) + Array(header.utf8) + data
  }
}

extension Dialect {
  /// A small network of two stages with two blocks each.
  private static func net(
    _ block: Architecture.Block, stem: Architecture.Stem = .conv3x3(width: 8), widths: [Int] = [8, 16],
    _ change: (inout Architecture) -> Void = { _ in }
  ) -> Architecture {
    let size = stem.kind == .conv3x3 ? 32 : 224
    var net = Architecture(
      input: .init(height: size, width: size), stem: stem,
      stages: widths.enumerated().map { .init(blocks: 2, width: $1, stride: $0 == 0 ? 1 : 2) }, block: block,
      classes: 5)
    change(&net)
    return net
  }

  private static let narrow = Architecture.Stem(kind: .conv7x7, widths: [8], pool: true)
  private static let deep = Architecture.Stem(kind: .deep, widths: [4, 4, 8], pool: true)
  private static let timmBlocks = [
    ("layer1.", "stages.0.blocks."), ("layer2.", "stages.1.blocks."), (".bn", ".norm"),
    ("fc.", "head.fc."),
  ]
  private static let kerasBlocks = [
    ("layer1.0.", "conv2_block1_"), ("layer1.1.", "conv2_block2_"), ("layer2.0.", "conv3_block1_"),
    ("layer2.1.", "conv3_block2_"), ("fc.weight", "predictions/kernel:0"), ("fc.bias", "predictions/bias:0"),
  ]
  private static let kerasEndings = [
    ("_bn.weight", "_bn/gamma:0"), ("_bn.bias", "_bn/beta:0"), ("_bn.running_mean", "_bn/moving_mean:0"),
    ("_bn.running_var", "_bn/moving_variance:0"), ("_conv.weight", "_conv/kernel:0"),
    ("_conv.bias", "_conv/bias:0"),
  ]

  private static let bigTransferBlocks: [(String, String)] = [
    ("layer1.0.", "resnet/block1/unit01/"), ("layer1.1.", "resnet/block1/unit02/"),
    ("layer2.0.", "resnet/block2/unit01/"), ("layer2.1.", "resnet/block2/unit02/"),
    ("downsample.0.weight", "a/proj/standardized_conv2d/kernel"),
  ]
  private static let bigTransferLayers: [(String, String)] = [
    ("/conv1.weight", "/a/standardized_conv2d/kernel"), ("/conv2.weight", "/b/standardized_conv2d/kernel"),
    ("/conv3.weight", "/c/standardized_conv2d/kernel"), ("bn1.weight", "a/group_norm/gamma"),
    ("bn1.bias", "a/group_norm/beta"), ("bn2.weight", "b/group_norm/gamma"),
    ("bn2.bias", "b/group_norm/beta"), ("bn3.weight", "c/group_norm/gamma"),
    ("bn3.bias", "c/group_norm/beta"), ("conv1.weight", "resnet/root_block/standardized_conv2d/kernel"),
    ("fc.weight", "resnet/head/conv2d/kernel"), ("fc.bias", "resnet/head/conv2d/bias"),
    ("norm.weight", "resnet/group_norm/gamma"), ("norm.bias", "resnet/group_norm/beta"),
  ]

  static let all: [Dialect] = programs + senets + repositories + tutorials

  private static let programs = [
    Dialect(
      testDescription: "timm's resnetv2",
      net: net(.preactivationBottleneck, stem: narrow),
      words: timmBlocks + [("downsample.0", "downsample.conv")]
        + [("conv1.weight", "stem.conv.weight"), (".stem.conv", ".conv1")],
      hasPointwiseHead: true,
      note:
        "names: those of timm's resnetv2: 'stages.1.blocks.1.norm3.' became 'layer2.1.bn3.', and so on, in "
    ),
    Dialect(
      testDescription: "timm's resnetv2 with a deep stem",
      net: net(.preactivationBasic, stem: deep) { $0.shortcut = .averagePoolProjection },
      words: [
        ("conv1.0", "stem.conv1"), ("conv1.1.", "stem.norm1."), ("conv1.3", "stem.conv2"),
        ("conv1.4", "stem.norm2"), ("conv1.6", "stem.conv3"), ("downsample.1", "downsample.conv"),
      ] + timmBlocks,
      hasPointwiseHead: true, note: "average pooling comes before the projections in shortcuts"),
    Dialect(
      testDescription: "Hugging Face's transformers",
      net: net(.bottleneck, stem: narrow),
      words: [
        ("layer1.", "resnet.encoder.stages.0.layers."), ("layer2.", "resnet.encoder.stages.1.layers."),
        ("downsample.0", "shortcut.convolution"), ("downsample.1", "shortcut.normalization"),
        (".conv1", ".layer.0.convolution"), (".bn1", ".layer.0.normalization"),
        (".conv2", ".layer.1.convolution"), (".bn2", ".layer.1.normalization"),
        (".conv3", ".layer.2.convolution"), (".bn3", ".layer.2.normalization"),
        ("conv1.", "resnet.embedder.embedder.convolution."),
        ("bn1.", "resnet.embedder.embedder.normalization."), ("fc.", "classifier.1."),
      ],
      note: "'resnet.encoder.stages.1.layers.1.layer.2.normalization.' became 'layer2.1.bn3.', and so on, in "
    ),
    Dialect(
      testDescription: "Keras' v1",
      net: net(.bottleneck, stem: narrow) {
        $0.bottleneckStride = .conv1
        $0.convolutionBias = .all
        $0.normalization.epsilon = 1.001e-5
        $0.stem.poolKind = .maxZeroPadded
      },
      words: [("downsample.0", "0_conv"), ("downsample.1", "0_bn")] + kerasBlocks
        + (1...3).flatMap { [("_conv\($0).", "_\($0)_conv."), ("_bn\($0).", "_\($0)_bn.")] }
        + [("conv1.", "conv1_conv."), ("bn1.", "conv1_bn.")] + kerasEndings,
      hasOutputsLast: true, hasCounters: false, note: "had their outputs last"),
    Dialect(
      testDescription: "Keras' v2",
      net: net(.preactivationBottleneck, stem: narrow) {
        $0.stridePosition = .last
        $0.stages[0].stride = 2
        $0.stages[1].stride = 1
        $0.convolutionBias = .unnormalized
        $0.normalization.epsilon = 1.001e-5
        $0.stem.poolKind = .maxZeroPadded
      },
      words: [("downsample.0", "0_conv")] + kerasBlocks
        + (1...3).flatMap { [("_conv\($0).", "_\($0)_conv.")] }
        + [("_bn1.", "_preact_bn."), ("_bn2.", "_1_bn."), ("_bn3.", "_2_bn.")]
        + [("conv1.", "conv1_conv."), ("norm.", "post_bn.")] + kerasEndings,
      hasOutputsLast: true, hasCounters: false, note: "bottlenecks stride"),
    Dialect(
      testDescription: "Big Transfer",
      net: net(
        .preactivationBottleneck, stem: .init(kind: .conv7x7, widths: [32], pool: true), widths: [32, 64]
      ) {
        $0.normalization = .init(kind: .group(groups: 32), epsilon: 1e-5)
        $0.weightStandardization = 1e-10
        $0.stem.poolKind = .maxZeroPadded
      },
      words: bigTransferBlocks + bigTransferLayers,
      hasPointwiseHead: true, hasOutputsLast: true, hasCounters: false,
      note: "names: those of Big Transfer: "),
    Dialect(
      testDescription: "detectron2", net: net(.bottleneck, stem: narrow),
      words: [
        ("layer1.", "res2."), ("layer2.", "res3."), ("downsample.0", "shortcut"),
        ("downsample.1", "shortcut.norm"), (".bn1", ".conv1.norm"), (".bn2", ".conv2.norm"),
        (".bn3", ".conv3.norm"), ("conv1.weight", "stem.conv1.weight"), (".stem.conv1", ".conv1"),
        ("bn1.", "stem.conv1.norm."), ("fc.", "stem.fc."),
      ], settings: [.bottleneckStride(.conv2)], note: "names: those of detectron2: "),
  ]

  private static let senets = [
    Dialect(
      testDescription: "an SENet ported from Caffe",
      net: net(.bottleneck, stem: narrow) {
        $0.attention = .squeezeExcitation(innerChannels: [2, 4], bias: true)
        $0.bottleneckStride = .conv1
        $0.stem.poolKind = .maxPartial
      },
      words: [
        ("layer", "block"), (".se.", ".se_module."), ("conv1.", "layer0.conv1."), (".layer0.conv1", ".conv1"),
        ("bn1.", "layer0.bn1."), (".layer0.bn1", ".bn1"), ("block", "layer"), ("fc.", "last_linear."),
      ], note: "names: those of SENets ported from Caffe: "),
    Dialect(
      testDescription: "a grouped SENet with a deep stem, ported from Caffe",
      net: net(.bottleneck, stem: deep, widths: [16, 32]) {
        $0.attention = .squeezeExcitation(innerChannels: [4, 8], bias: true)
        $0.groups = 4
        $0.widthPerGroup = 16
        $0.stem.poolKind = .maxPartial
      },
      words: [
        ("layer", "block"), (".se.", ".se_module."), ("conv1.0.", "stem.c1."), ("conv1.1.", "stem.b1."),
        ("conv1.3.", "stem.c2."), ("conv1.4.", "stem.b2."), ("conv1.6.", "stem.c3."), ("bn1.", "stem.b3."),
        (".stem.b3", ".bn1"), ("stem.c", "layer0.conv"), ("stem.b", "layer0.bn"), ("block", "layer"),
        ("fc.", "last_linear."),
      ], note: "names: those of SENets ported from Caffe: "),
  ]

  private static let repositories = [
    Dialect(
      testDescription: "a CIFAR repository's", net: net(.basic),
      words: [
        ("downsample", "shortcut"), ("layer", "module.layer"), ("fc.", "module.linear."),
        ("conv1.", "module.conv1."), (".module.conv1", ".conv1"), ("bn1.", "module.bn1."),
        (".module.bn1", ".bn1"),
      ], note: "names: 'linear.' became 'fc.' in 2"),
    Dialect(
      testDescription: "a CIFAR repository's with squeeze-and-excitation",
      net: net(.basic) { $0.attention = .squeezeExcitation(innerChannels: [2, 3], bias: true) },
      words: [("downsample", "shortcut"), ("se.fc", "fc"), ("fc.", "linear.")],
      note: "names: 'layer2.1.fc2.' became 'layer2.1.se.fc2.', and so on, in 16"),
    Dialect(
      testDescription: "a pre-activation repository's", net: net(.preactivationBasic),
      words: [("downsample", "shortcut"), ("norm.", "bn1."), ("fc.", "linear.")],
      settings: [.shortcutInput(.activated)],
      note: "names: those of a repository of pre-activation networks: "),
    Dialect(
      testDescription: "wide modules", net: net(.preactivationBasic, widths: [16, 32]),
      words: [
        ("layer1.", "block1.layer."), ("layer2.", "block2.layer."), ("downsample.0", "convShortcut"),
        ("norm.", "bn1."),
      ], note: "names: those of WideResNet-pytorch: "),
    Dialect(
      testDescription: "wide tables", net: net(.preactivationBasic, widths: [16, 32]),
      words: [
        ("layer1.", "group0.block"), ("layer2.", "group1.block"), (".downsample.0.weight", ".convdim"),
        (".conv1.weight", ".conv0"), (".conv2.weight", ".conv1"), ("conv1.weight", "conv0"),
        (".bn1.", ".bn0."), (".bn2.", ".bn1."), ("norm.", "bn."),
      ], hasCounters: false,
      note:
        "names: those of the authors of Wide ResNets: 'group1.block1.conv1' became 'layer2.1.conv2.weight', and so on, "
    ),
  ]

  /// What tutorials define.
  private static let tutorials = [
    Dialect(
      testDescription: "a tutorial's stem", net: net(.basic),
      words: [
        ("downsample", "shortcut"), ("layer", "layers-"), ("conv1.", "stem.0."), (".stem.0", ".conv1"),
        ("bn1.", "stem.1."), (".stem.1", ".bn1"), ("layers-", "layer"),
      ], note: "names: 'stem.0.' became 'conv1.' in 1"),
    Dialect(
      testDescription: "a tutorial's ResNeXt of expansion 2",
      net: net(.bottleneck, widths: [8, 16]) {
        $0.expansion = 2
        $0.groups = 4
        $0.widthPerGroup = 16
      }, words: [("downsample", "shortcut"), ("fc.", "linear.")],
      note: "bottleneck blocks 2-2 of widths"),
    Dialect(
      testDescription: "a tutorial's squeeze-and-excitation of linear layers",
      net: net(.basic) {
        $0.attention = .squeezeExcitation(innerChannels: [1, 3], bias: false, layers: .linear)
      },
      words: [("se.fc1", "se.fc.0"), ("se.fc2", "se.fc.2"), ("downsample", "shortcut")],
      note: "names: 'layer2.1.se.fc.0.' became 'layer2.1.se.fc1.', and so on, in 4"),
    Dialect(
      testDescription: "a head of two layers",
      net: net(.basic) {
        $0.head = .multilayer(widths: [6], dropout: [0, 0])
      }, words: [("fc.1", "fc.0"), ("fc.4", "fc.3")], note: "ReLU stands between the layers of the head"),
  ]
}
