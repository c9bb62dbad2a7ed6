import ModelDescriptor
import ResNetGraph
import WeightFiles

/// The attributes of libraries' layers: which of them their code computes with, and the values that these must have.
extension ModuleEvidence {
  /// Attributes with which a layer computes something else than the network's, a phrase each with the module's path.
  var strangeSettings: [String] {
    var found: [String] = []
    for module in modules where module.isOfLibrary && !module.isProgram && !isAside(module) {
      guard let rules = Self.rules[module.kind] else { continue }
      for (name, allowed) in rules.sorted(by: { $0.key < $1.key }) {
        guard let allowed, let value = module.settings[name], !allowed.contains(value) else { continue }
        found.append("'\(module.path)' has the \(name) \(value.words), which the network does not express")
      }
    }
    return found
  }

  /// Attributes that a library's layer is not known to have, as one phrase; nil where there are none.
  var unknownSettings: String? {
    var found: [String] = []
    for module in modules where module.isOfLibrary && !module.isProgram && !isAside(module) {
      guard let rules = Self.rules[module.kind] else { continue }
      for name in module.settings.keys.sorted() where rules[name] == nil && !Self.common.contains(name) {
        found.append("'\(name)' of '\(module.path)'")
      }
    }
    guard let first = found.first else { return nil }
    return found.count == 1
      ? "the attribute \(first) is none that its class is known to have"
      : "the attribute \(first) and \(found.count - 1) more are none that their classes are known to have"
  }

  private typealias Values = Set<ModuleRecord.Setting>

  /// Attributes of all modules, which decide nothing in a network that is used.
  private static let common: Set<String> = [
    "training", "dump_patches", "weight", "bias", "qconfig", "name",
  ]

  /// Attributes that are compared with the network elsewhere, or that decide nothing in a network that is used.
  private static func read(_ names: String...) -> [String: Values?] {
    Dictionary(names.map { ($0, nil) }) { first, _ in first }
  }

  private static let zero: Values = [.int(0), .ints([0]), .ints([0, 0])]
  private static let pixels: Values = [.ints([2, 3])]

  private static let convolution = read(
    "in_channels", "out_channels", "kernel_size", "stride", "padding", "dilation", "groups", "padding_mode"
  ).merging(["transposed": [.bool(false)], "output_padding": zero]) { first, _ in first }
  private static let batchNorm = read("num_features", "eps", "momentum", "affine", "track_running_stats")
  private static let groupNorm = read("num_groups", "num_channels", "eps", "affine")
  private static let adaptive = read("output_size")
  private static let linear = read("in_features", "out_features")
  private static let softmax: [String: Values?] = ["dim": [.none, .int(1), .int(-1)]]
  private static let averagePool = read("kernel_size", "stride", "padding", "ceil_mode", "count_include_pad")
    .merging(["divisor_override": [.none]]) { first, _ in first }
  private static let fastPool = read("flatten", "input_fmt")
    .merging(["dim": pixels, "dim_reduce": pixels, "dim_cat": [.int(1)]]) { first, _ in first }

  /// The attributes by classes, with the values that they may have; nil where others look at them.
  private static let rules: [Substring: [String: Values?]] = [
    "Conv1d": convolution, "Conv2d": convolution, "ParametrizedConv2d": convolution,
    "StdConv2d": convolution.merging(read("eps")) { first, _ in first },
    "BatchNorm2d": batchNorm, "BatchNormAct2d": batchNorm, "ParametrizedBatchNorm2d": batchNorm,
    "SyncBatchNorm": batchNorm.merging(read("process_group", "ddp_gpu_size", "fuse")) { first, _ in first },
    "FrozenBatchNorm2d": read("eps"),
    "GroupNorm": groupNorm, "GroupNormAct": groupNorm,
    "Linear": linear, "NonDynamicallyQuantizableLinear": linear, "ParametrizedLinear": linear,
    "ReLU": read("inplace"), "Sigmoid": read("inplace"),
    "Softmax": softmax, "LogSoftmax": softmax,
    "Flatten": ["start_dim": [.int(1)], "end_dim": [.int(-1), .int(3)]],
    "MaxPool2d": read("kernel_size", "stride", "padding", "dilation", "ceil_mode")
      .merging(["return_indices": [.bool(false)]]) { first, _ in first },
    "AvgPool2d": averagePool, "AvgPool2dSame": averagePool,
    "AdaptiveAvgPool1d": ["output_size": [.int(1), .ints([1])]],
    "AdaptiveAvgPool2d": adaptive,
    "AdaptiveMaxPool2d": [
      "output_size": [.int(1), .ints([1, 1])], "return_indices": [.bool(false)],
    ],
    "AdaptiveAvgMaxPool2d": ["output_size": [.int(1), .ints([1, 1])]],
    "AdaptiveCatAvgMaxPool2d": ["output_size": [.int(1), .ints([1, 1])]],
    "FastAdaptiveAvgPool": fastPool, "FastAdaptiveAvgPool2d": fastPool, "FastAdaptiveMaxPool": fastPool,
    "FastAdaptiveAvgMaxPool": fastPool, "FastAdaptiveCatAvgMaxPool": fastPool,
    "BlurPool2d": read("channels", "filt_size", "stride", "pad_mode")
      .merging(["padding": [.ints([1, 1, 1, 1])]]) { first, _ in first },
    "SEModule": ["add_maxpool": [.bool(false)]],
    "EcaModule": read("kernel_size", "padding").merging(["act": [.none], "conv2": [.none]]) { first, _ in
      first
    },
  ]
}
