/// The classes of libraries whose computation is known, and the places where the libraries define them or show them once more. Other classes
/// of the same names lie elsewhere in these libraries: blocks of videos, layers that compute with rounded weights.
enum LibraryClasses {
  /// The modules of Python that a class lies in, by the class's own name.
  static let places: [Substring: Set<Substring>] = {
    var all: [Substring: Set<Substring>] = [:]
    func add(_ kinds: String, _ places: [String]) {
      for kind in kinds.split(separator: " ") {
        all[kind, default: []].formUnion(places.map { Substring($0) })
      }
    }
    for (file, kinds) in torch { add(kinds, ["torch.nn.modules.\(file)", "torch.nn.modules", "torch.nn"]) }
    for package in ["timm.layers", "timm.models.layers"] {
      for (file, kinds) in timm { add(kinds, ["\(package).\(file)", package]) }
    }
    add("SEModule", ["timm.models.senet"])
    for (file, kinds) in vision { add(kinds, ["torchvision.\(file)"]) }
    for package in ["torch.quantization", "torch.ao.quantization"] {
      add("QuantStub DeQuantStub", [package, "\(package).stubs"])
    }
    for package in ["torch.nn.quantized", "torch.ao.nn.quantized"] {
      add("FloatFunctional", [package, "\(package).modules", "\(package).modules.functional_modules"])
    }
    add(
      "ParametrizedConv2d ParametrizedBatchNorm2d ParametrizedLinear",
      ["torch.nn.utils.parametrize"])
    return all
  }()

  private static let torch = [
    ("conv", "Conv1d Conv2d"), ("batchnorm", "BatchNorm2d SyncBatchNorm"), ("normalization", "GroupNorm"),
    ("instancenorm", "InstanceNorm2d"),
    ("linear", "Linear LazyLinear NonDynamicallyQuantizableLinear Identity"),
    ("activation", "ReLU Sigmoid Softmax LogSoftmax"), ("flatten", "Flatten"), ("padding", "ConstantPad2d"),
    ("pooling", "MaxPool2d AvgPool2d AdaptiveAvgPool1d AdaptiveAvgPool2d AdaptiveMaxPool2d"),
    ("dropout", "Dropout Dropout1d Dropout2d Dropout3d AlphaDropout FeatureAlphaDropout"),
    ("container", "Sequential ModuleList ModuleDict"),
  ]

  private static let timm = [
    ("std_conv", "StdConv2d"), ("norm_act", "BatchNormAct2d GroupNormAct"), ("norm", "GroupNorm"),
    ("linear", "Linear"), ("activations", "Sigmoid"), ("blur_pool", "BlurPool2d"),
    ("pool2d_same", "MaxPool2dSame AvgPool2dSame"), ("drop", "DropPath DropBlock2d"),
    (
      "adaptive_avgmax_pool",
      "AdaptiveAvgMaxPool2d AdaptiveCatAvgMaxPool2d FastAdaptiveAvgPool FastAdaptiveAvgPool2d FastAdaptiveMaxPool "
        + "FastAdaptiveAvgMaxPool FastAdaptiveCatAvgMaxPool SelectAdaptivePool2d"
    ),
    ("squeeze_excite", "SEModule"), ("se", "SEModule"), ("eca", "EcaModule"),
    ("classifier", "ClassifierHead"),
  ]

  private static let vision = [
    ("ops.misc", "FrozenBatchNorm2d SqueezeExcitation ConvNormActivation Conv2dNormActivation MLP"),
    (
      "ops",
      "FrozenBatchNorm2d SqueezeExcitation Conv2dNormActivation MLP DropBlock2d StochasticDepth"
    ),
    ("ops.drop_block", "DropBlock2d"), ("ops.stochastic_depth", "StochasticDepth"),
    ("models._utils", "IntermediateLayerGetter"),
    ("transforms.transforms", "Normalize"), ("transforms", "Normalize"), ("transforms.v2", "Normalize"),
    ("transforms.v2._misc", "Normalize"),
  ]
}
