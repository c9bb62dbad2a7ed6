import WeightFiles

/// The meaning of modules' classes.
extension ModuleRecord {
  /// The last part of the class's name. Of a library's class that only shares it with a known one of another place, the full name: it may
  /// compute anything else.
  var kind: Substring {
    guard let dot = className.utf8.lastIndex(of: UInt8(ascii: ".")) else { return Substring(className) }
    let last = className[className.utf8.index(after: dot)...]
    guard isOfLibrary, let places = LibraryClasses.places[last], !places.contains(className[..<dot]) else {
      return last
    }
    return Substring(className)
  }

  /// True if the class is one of a library whose layers and networks are known.
  var isOfLibrary: Bool {
    ["torch.", "torchvision.", "timm.", "transformers.models.resnet."].contains(where: className.hasPrefix)
  }

  /// True for PyTorch's own sequence, which hands its input from one module to the next.
  var isSequence: Bool { className.hasPrefix("torch.nn.") && kind == "Sequential" }

  /// True if the layer changes nothing when a network is used: dropout, and what only arranges numbers.
  var isNeutral: Bool { isOfLibrary && Self.neutral.contains(kind) || isObserver }

  /// True for the losses and figures of training, which lie beside a network's way.
  var isOfTraining: Bool {
    ["torch.nn.modules.loss.", "torchmetrics.", "timm.loss."].contains(where: className.hasPrefix)
  }

  /// True for layers that compute with quantised weights, but those that only stand for an addition.
  var isQuantized: Bool {
    className.hasPrefix("torch.") && className.contains(".quantized.")
      && !className.contains("functional_modules")
  }

  /// True for PyTorch's modules that look at values, and hand them on as they are.
  var isObserver: Bool {
    ["torch.quantization.observer.", "torch.ao.quantization.observer."].contains(where: className.hasPrefix)
      && !isChanged
  }

  /// True if some known network may have the layer; where it may stand is looked at elsewhere.
  var isUsual: Bool { isNeutral || Self.usual.contains(kind) }

  /// True for the last layer of a network that puts out probabilities or their logarithms.
  var isSoftmax: Bool { kind == "Softmax" || kind == "LogSoftmax" }

  /// True for the image libraries' subtraction of a mean and division by a standard deviation.
  var isNormalize: Bool {
    className.hasPrefix("torchvision.transforms.") && kind == "Normalize"
  }

  /// The last component of the path.
  var name: Substring { path.split(separator: ".").last ?? "" }

  /// The class with its article, for messages.
  var indefinite: String {
    let name = isOfLibrary ? String(kind) : className
    return (name.first.map { "AEIOU".contains($0) } == true ? "an " : "a ") + name
  }

  private static let neutral: Set<Substring> = [
    "Identity", "Dropout", "Dropout1d", "Dropout2d", "Dropout3d", "AlphaDropout", "FeatureAlphaDropout",
    "DropPath", "DropBlock2d", "StochasticDepth", "Flatten", "QuantStub", "DeQuantStub", "FloatFunctional",
  ]
  private static let usual: Set<Substring> = [
    "ReLU", "Sigmoid", "MaxPool2d", "AvgPool2d", "AvgPool2dSame", "BlurPool2d", "AdaptiveAvgPool1d",
    "AdaptiveAvgPool2d", "AdaptiveMaxPool2d", "FastAdaptiveAvgPool", "FastAdaptiveAvgPool2d",
    "AdaptiveAvgMaxPool2d", "AdaptiveCatAvgMaxPool2d", "FastAdaptiveAvgMaxPool", "FastAdaptiveMaxPool",
    "FastAdaptiveCatAvgMaxPool", "Sequential", "ModuleList",
    "ModuleDict",
  ]
}
