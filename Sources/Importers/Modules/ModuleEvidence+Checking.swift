import ModelDescriptor
import ResNetGraph
import WeightFiles

extension ModuleEvidence {
  /// The differences between a network and the modules that it was read from, a phrase each with the module's path.
  func contradictions(to graph: Graph, along way: ModuleWay) -> [String] {
    var found: [String] = []
    for node in graph.nodes {
      guard let layer = layers[node.name] else { continue }
      let faults =
        switch node.operation {
        case .convolution(let convolution): Self.faults(of: layer, as: convolution)
        case .batchNormalization(let norm):
          Self.faults(
            ofNorm: layer, kinds: ["BatchNorm2d", "BatchNorm", "BatchNormAct2d", "FrozenBatchNorm2d"],
            epsilon: norm.epsilon)
            + ([nil, .bool(true)].contains(layer.settings["track_running_stats"])
              ? [] : ["keeps no running statistics"])
            + (layer.settings["training"] == .bool(true) && layer.isProgram
              ? ["takes the statistics of each batch, as the program was traced in training"] : [])
        case .linear:
          Self.linearKinds.contains(layer.kind) && layer.isOfLibrary
            ? Self.fault(layer, "padding", 0) : ["is a \(layer.className), which is not known"]
        case .channelConvolution(let convolution): Self.faults(of: layer, as: convolution)
        case .groupNormalization(let norm):
          Self.faults(ofNorm: layer, kinds: ["GroupNorm", "GroupNormAct"], epsilon: norm.epsilon)
            + Self.fault(layer, "num_groups", norm.groups)
        default: []
        }
      found += faults.map { "'\(layer.path)' \($0)" }
    }
    let others = foreignLayers(in: graph) + misplacedPools(in: graph) + misplacedActivations(in: graph)
    let faults = found + strangers(in: graph.architecture) + others + strangeSettings
    // A fault of a layer tells more than its consequence.
    return faults.isEmpty ? way.fault.map { [$0] } ?? [] : faults
  }

  /// The layers that multiply by a matrix.
  private static let linearKinds: Set<Substring> = [
    "Linear", "LazyLinear", "NonDynamicallyQuantizableLinear", "ParametrizedLinear", "Conv2d",
    "ParametrizedConv2d",
  ]

  private static func faults(of layer: ModuleRecord, as convolution: Convolution) -> [String] {
    guard ["Conv2d", "StdConv2d", "ParametrizedConv2d"].contains(layer.kind) else {
      return ["is a \(layer.kind), which is not known"]
    }
    var faults: [String] = []
    if (layer.kind == "StdConv2d") != (convolution.standardization != nil) {
      faults.append("is a \(layer.kind)")
    }
    faults += fault(layer, "stride", convolution.stride) + fault(layer, "dilation", convolution.dilation)
    faults += fault(layer, "groups", convolution.groups)
    if layer.settings["padding"] != .text("same") || convolution.stride > 1 {
      faults += fault(layer, "padding", convolution.padding)
    }
    if ![nil, .bool(false)].contains(layer.settings["transposed"]) { faults.append("is transposed") }
    if let mode = layer.settings["padding_mode"], mode != .text("zeros") {
      faults.append("pads with \(mode.words)")
    }
    if let epsilon = convolution.standardization { faults += fault(layer, epsilon: epsilon) }
    return faults
  }

  /// The differences of a convolution along the channels, with zeros beyond both ends.
  private static func faults(of layer: ModuleRecord, as convolution: ChannelConvolution) -> [String] {
    guard layer.kind == "Conv1d", layer.isOfLibrary else {
      return ["is a \(layer.className), which is not known"]
    }
    var faults = fault(layer, "stride", 1) + fault(layer, "dilation", 1) + fault(layer, "groups", 1)
    if layer.settings["padding"] != .text("same") {
      faults += fault(layer, "padding", (convolution.kernel - 1) / 2)
    }
    if let mode = layer.settings["padding_mode"], mode != .text("zeros") {
      faults.append("pads with \(mode.words)")
    }
    return faults
  }

  private static func faults(ofNorm layer: ModuleRecord, kinds: [Substring], epsilon: Double) -> [String] {
    guard kinds.contains(layer.kind) || layer.kind == "SyncBatchNorm" && kinds.contains("BatchNorm2d") else {
      return ["is a \(layer.kind)"]
    }
    return fault(layer, epsilon: epsilon)
  }

  private static func fault(_ layer: ModuleRecord, epsilon: Double) -> [String] {
    guard let own = layer.settings["eps"], layer.number("eps") != epsilon else { return [] }
    return ["has the epsilon \(own.words), not \(epsilon)"]
  }

  static func fault(_ layer: ModuleRecord, _ name: String, _ value: Int) -> [String] {
    guard let setting = layer.settings[name], layer.integer(name) != value else { return [] }
    return ["has the \(name) \(setting.words), not \(value)"]
  }

  /// Modules that compute something which the network does not.
  private func strangers(in net: Architecture) -> [String] {
    var found: [String] = []
    for module in modules where Self.activations.contains(module.kind) {
      found.append("'\(module.path)' is a \(module.kind), not a ReLU")
    }
    if net.globalPool == .average {
      found += modules.filter { $0.kind == "AdaptiveMaxPool2d" }.map {
        "'\($0.path)' is an AdaptiveMaxPool2d, not the mean of each channel"
      }
    }
    if net.attention == nil, net.answer == .one {
      found += modules.filter { $0.kind == "Sigmoid" }.map {
        "'\($0.path)' is a Sigmoid, so that several classes are answered at once"
      }
    }
    let averages = net.shortcut == .averagePoolProjection || net.antialias == .averagePool
    for module in blocks where module.kind == "MaxPool2d" || module.kind == "AvgPool2d" && !averages {
      found.append("'\(module.path)' is a \(module.kind) within a block")
    }
    let first = layers["conv1"] == nil ? "conv1.6" : "conv1"
    let firstOfBlocks = layers["layer1.0.conv1"] == nil ? "layer1.0.bn1" : "layer1.0.conv1"
    let pools = modules.filter {
      $0.kind == "MaxPool2d" && !isAside($0)
        || $0.isProgram && !$0.calls.isDisjoint(with: ["max_pool2d", "_max_pool2d"])
    }
    let registered = between(first, and: firstOfBlocks)?.first { $0.kind == "MaxPool2d" }
    if net.stem.pool, net.stem.poolKind == .max, net.antialias != .averagePool,
      let pool = registered ?? pools.first
    {
      found +=
        (Self.fault(pool, "kernel_size", 3) + Self.fault(pool, "stride", net.antialias == .none ? 2 : 1)
        + Self.fault(pool, "padding", 1) + Self.fault(pool, "dilation", 1)).map { "'\(pool.path)' \($0)" }
      if ![nil, .bool(false)].contains(pool.settings["ceil_mode"]) {
        found.append("'\(pool.path)' rounds its extent up")
      }
    }
    return found
  }

  /// Activations other than ReLU. A sigmoid is part of channel attention.
  static let activations: Set<Substring> = [
    "CELU", "ELU", "GELU", "GLU", "Hardsigmoid", "Hardswish", "Hardtanh", "HardSwish", "LeakyReLU", "Mish",
    "PReLU",
    "ReLU6", "RReLU", "SELU", "SiLU", "Softplus", "Softsign", "Swish", "Tanh",
  ]
}

extension ModuleRecord.Setting {
  /// The value as messages show it.
  var words: String {
    switch self {
    case .none: "None"
    case .bool(let flag): "\(flag)"
    case .int(let number): "\(number)"
    case .float(let number): "\(number)"
    case .ints(let numbers): numbers.map(String.init).joined(separator: "×")
    case .floats(let numbers): numbers.map { "\($0)" }.joined(separator: ", ")
    case .text(let text): "'\(text)'"
    case .unknown: "a value of an unknown form"
    }
  }
}
