import WeightFiles

/// The order in which a library's module runs the modules within, as its class's code says it.
struct ModuleFlow {
  indirect enum Step {
    /// A module that the code takes by the first of these names that there is; nil leaves the value as it is.
    case child([String], isRequired: Bool)
    /// The modules within a list, one after the other.
    case loop(String)
    /// The sum of what two ways make of the same value.
    case sum([Step], [Step])
    /// A norm; then the sum of a way behind it and a shortcut, which starts behind it too where it has layers.
    case sumBehind([Step], [Step], shortcut: String)
    /// The value times what a way makes of it.
    case product([Step])
    /// Functions that are no modules.
    case rectify, mean
    /// A module of PyTorch's that stands for a function, which the steps have beside it.
    case functional(String)
    /// The function where the module of this name is missing.
    case sigmoid(unless: String)
  }

  /// The steps; nil for a sequence, which runs its modules in the order in which they are registered.
  let steps: [Step]?

  /// - Returns: nil for classes whose code is not known.
  init?(_ module: ModuleRecord) {
    if module.isSequence || Self.isSequence(module) {
      steps = nil
      return
    }
    guard let own = Self.table[module.className] ?? Self.table["\(Self.package(of: module)).\(module.kind)"]
    else {
      return nil
    }
    steps = own
  }

  /// The package whose layers have moved between its files, or are shown by it. Where another class has the name of one of these layers, its
  /// kind is its full name.
  private static func package(of module: ModuleRecord) -> String {
    let packages = [
      "timm.layers.": "timm.layers", "timm.models.layers.": "timm.layers",
      "torchvision.ops.": "torchvision.ops",
    ]
    return packages.first { module.className.hasPrefix($0.key) }?.value ?? ""
  }

  /// True for a class that only has the name of one whose code is known.
  static func isLookalike(_ module: ModuleRecord) -> Bool {
    names.contains(module.className.split(separator: ".").last ?? "") || module.kind.contains(".")
  }

  private static let names = Set(table.keys.compactMap { $0.split(separator: ".").last })

  /// True for classes that inherit how they run from PyTorch's sequence.
  private static func isSequence(_ module: ModuleRecord) -> Bool {
    switch module.kind {
    case "ConvNormActivation", "Conv2dNormActivation", "MLP", "IntermediateLayerGetter":
      module.className.hasPrefix("torchvision.")
    default: false
    }
  }

  private static func run(_ names: String...) -> [Step] { names.map { .child([$0], isRequired: true) } }
  private static func maybe(_ names: String...) -> [Step] { names.map { .child([$0], isRequired: false) } }
  private static func either(_ names: String...) -> [Step] { [.child(names, isRequired: false)] }
  private static let stages = maybe("layer1", "layer2", "layer3", "layer4")
  private static let shortcut = maybe("downsample")

  /// The steps by the full names of classes, or by the package of layers and the class's own name.
  private static let table: [String: [Step]] = torchvision.merging(timm) { first, _ in first }
    .merging(transformers) { first, _ in first }.merging(wrappers) { first, _ in first }

  private static let wrappers: [String: [Step]] = [
    "torch.nn.parallel.data_parallel.DataParallel": run("module"),
    "torch.nn.parallel.distributed.DistributedDataParallel": run("module"),
    "torch.nn.DataParallel": run("module"),
    "torch.optim.swa_utils.AveragedModel": run("module"),
    "torch._dynamo.eval_frame.OptimizedModule": run("_orig_mod"),
    "timm.utils.model_ema.ModelEma": run("ema"),
    "timm.utils.model_ema.ModelEmaV2": run("module"),
    "timm.utils.model_ema.ModelEmaV3": run("module"),
  ]

  private static let torchvision: [String: [Step]] = [
    "torchvision.models.resnet.ResNet": maybe("conv1", "bn1", "relu", "maxpool") + stages
      + maybe("avgpool", "fc"),
    "torchvision.models.resnet.BasicBlock": [.sum(run("conv1", "bn1", "relu", "conv2", "bn2"), shortcut)]
      + run("relu"),
    "torchvision.models.resnet.Bottleneck": [
      .sum(run("conv1", "bn1", "relu", "conv2", "bn2", "relu", "conv3", "bn3"), shortcut)
    ] + run("relu"),
    "torchvision.models.quantization.resnet.QuantizableResNet": maybe(
      "quant", "conv1", "bn1", "relu", "maxpool") + stages
      + maybe("avgpool", "fc", "dequant"),
    "torchvision.models.quantization.resnet.QuantizableBasicBlock": [
      .sum(run("conv1", "bn1", "relu", "conv2", "bn2"), shortcut), .rectify, .functional("add_relu"),
    ],
    "torchvision.models.quantization.resnet.QuantizableBottleneck": [
      .sum(run("conv1", "bn1", "relu1", "conv2", "bn2", "relu2", "conv3", "bn3"), shortcut), .rectify,
      .functional("skip_add_relu"),
    ],
    "torchvision.ops.SqueezeExcitation": [
      .product(run("avgpool", "fc1", "activation", "fc2", "scale_activation"))
    ],
  ]

  private static let seBasic: [Step] =
    [.sum(run("conv1", "bn1", "relu", "conv2", "bn2", "se_module"), shortcut)] + run("relu")
  private static let seBottleneck: [Step] =
    [
      .sum(run("conv1", "bn1", "relu", "conv2", "bn2", "relu", "conv3", "bn3", "se_module"), shortcut)
    ] + run("relu")
  private static let gate: [Step] = [.sigmoid(unless: "gate")] + maybe("gate")
  private static let head = run("global_pool") + maybe("drop", "fc", "flatten")

  private static let timm: [String: [Step]] = [
    "timm.models.resnet.ResNet": maybe("conv1", "bn1") + either("act1", "relu") + maybe("maxpool") + stages
      + maybe("global_pool", "fc"),
    "timm.models.resnet.BasicBlock": [
      .sum(
        run("conv1", "bn1") + maybe("drop_block") + either("act1", "relu") + maybe("aa")
          + run("conv2", "bn2") + maybe("se", "drop_path"), shortcut)
    ] + either("act2", "relu"),
    "timm.models.resnet.Bottleneck": [
      .sum(
        run("conv1", "bn1") + either("act1", "relu") + run("conv2", "bn2") + maybe("drop_block")
          + either("act2", "relu") + maybe("aa") + run("conv3", "bn3") + maybe("se", "drop_path"), shortcut)
    ] + either("act3", "relu"),
    "timm.models.senet.SENet": maybe("layer0", "pool0") + stages + either("global_pool", "avg_pool")
      + maybe("dropout", "last_linear"),
    "timm.models.senet.SEResNetBlock": seBasic,
    "timm.models.senet.SEBottleneck": seBottleneck,
    "timm.models.senet.SEResNetBottleneck": seBottleneck,
    "timm.models.senet.SEResNeXtBottleneck": seBottleneck,
    "timm.models.senet.SEModule": [.product([.mean] + run("fc1", "relu", "fc2", "sigmoid"))],
    "timm.models.resnetv2.ResNetV2": run("stem", "stages") + maybe("norm", "head"),
    "timm.models.resnetv2.ResNetStage": run("blocks"),
    "timm.models.resnetv2.PreActBasic": [
      .sumBehind(run("norm1"), run("conv1", "norm2", "conv2") + maybe("drop_path"), shortcut: "downsample")
    ],
    "timm.models.resnetv2.PreActBottleneck": [
      .sumBehind(
        run("norm1"), run("conv1", "norm2", "conv2", "norm3", "conv3") + maybe("drop_path"),
        shortcut: "downsample")
    ],
    "timm.models.resnetv2.Bottleneck": [
      .sum(run("conv1", "norm1", "conv2", "norm2", "conv3", "norm3") + maybe("drop_path"), shortcut)
    ] + run("act3"),
    "timm.models.resnetv2.DownsampleConv": run("conv", "norm"),
    "timm.models.resnetv2.DownsampleAvg": run("pool", "conv", "norm"),
    "timm.layers.ClassifierHead": head,
    "timm.layers.SelectAdaptivePool2d": maybe("pool", "flatten"),
    "timm.layers.SEModule": [.product([.mean] + run("fc1") + maybe("bn") + run("act", "fc2", "gate"))],
    "timm.layers.EcaModule": [.product([.mean] + run("conv") + maybe("act", "conv2") + gate)],
  ]

  private static let transformers: [String: [Step]] = Dictionary(
    uniqueKeysWithValues: [
      ("ForImageClassification", run("resnet") + maybe("classifier")),
      ("Model", run("embedder", "encoder") + maybe("pooler")),
      ("Backbone", run("embedder", "encoder")),
      ("Embeddings", run("embedder") + maybe("pooler")),
      ("ConvLayer", run("convolution", "normalization", "activation")),
      ("ShortCut", run("convolution", "normalization")),
      ("Encoder", [.loop("stages")]),
      ("Stage", [.loop("layers")]),
      ("BasicLayer", [.sum(run("layer"), maybe("shortcut"))] + run("activation")),
      ("BottleNeckLayer", [.sum(run("layer"), maybe("shortcut"))] + run("activation")),
    ].map { ("transformers.models.resnet.modeling_resnet.ResNet\($0)", $1) })
}
