import Files
import Messages
import ModelDescriptor
import ResNetGraph
import TensorCore
import WeightFiles

@testable import Importers

/// The names and shapes of a state dict, to be spoilt.
struct StateDictDraft {
  var tensors: [(name: String, shape: Shape)]

  /// The tensors of a network, in its order.
  init(_ architecture: Architecture) throws {
    tensors = try Graph(architecture).parameters.map { ($0.name, $0.shape) }
  }

  init(_ preset: String, classes: Int = 10) throws {
    try self.init(.preset(named: preset, classes: classes))
  }

  init(_ tensors: [(String, Shape)]) { self.tensors = tensors }

  func renaming(_ rename: (String) -> String) -> Self {
    Self(tensors.map { (rename($0.name), $0.shape) })
  }

  func prefixed(_ prefix: String, where isPrefixed: (String) -> Bool = { _ in true }) -> Self {
    renaming { isPrefixed($0) ? prefix + $0 : $0 }
  }

  func replacing(_ part: String, with other: String) -> Self {
    renaming { name in
      guard name.hasPrefix(part) else { return name }
      return other + name.dropFirst(part.count)
    }
  }

  func without(_ isLeftOut: (String) -> Bool) -> Self { Self(tensors.filter { !isLeftOut($0.name) }) }

  func reshaping(_ reshape: (String, [Int]) -> [Int]) -> Self {
    Self(tensors.map { ($0.name, Shape(reshape($0.name, $0.shape.dimensions))) })
  }

  func first(_ count: Int) -> Self { Self(Array(tensors.prefix(count))) }

  static func + (a: Self, b: Self) -> Self { Self(a.tensors + b.tensors) }

  /// The axes as TensorFlow keeps them.
  var transposed: Self {
    reshaping { _, extents in
      switch extents.count {
      case 2: [extents[1], extents[0]]
      case 4: [extents[2], extents[3], extents[1], extents[0]]
      default: extents
      }
    }
  }

  /// A source that cannot be read, as nothing must be read to see what is wrong.
  func source(
    _ claims: SourceClaims? = nil, tables: [(String, Self)] = [], path: String = "net.pth"
  ) -> ImportSource {
    let weights = UnreadableWeights(
      path: path,
      tensors: tensors.map { name, shape in
        SourceTensor(name: name, shape: shape, type: "float32", byteCount: 4 * shape.elementCount)
      },
      stateDict: StateDictPlace(
        key: tables.isEmpty ? nil : "model",
        others: tables.map { StateDictPlace.Table(key: $0.0, shapes: $0.1.tensors) }))
    let origin = Origin(kind: .imported, source: "net.pth")
    return ImportSource(weights, claims: claims ?? SourceClaims(file: "net.pth", origin: origin))
  }
}

/// Weights of which nothing but the index can be read.
final class UnreadableWeights: WeightSource {
  let path: String
  let container = "a test"
  let byteCount = 0
  let tensors: [SourceTensor]
  let notes: [Remark] = []
  let wholeFile: InputFile? = nil
  let stateDict: StateDictPlace?
  let modules: [ModuleRecord]?
  let keras: KerasFacts?

  init(
    path: String, tensors: [SourceTensor], stateDict: StateDictPlace?, modules: [ModuleRecord]? = nil,
    keras: KerasFacts? = nil
  ) {
    self.path = path
    self.tensors = tensors
    self.stateDict = stateDict
    self.modules = modules
    self.keras = keras
  }

  func read(_ index: Int) throws(WeightFileError) -> Tensor {
    throw WeightFileError(.unreadable, file: path, "read")
  }

  func elements(_ index: Int) throws(WeightFileError) -> SourceElements {
    throw WeightFileError(.unreadable, file: path, "read")
  }
}

/// Something that is wrong with weights or with what is said about them.
struct InducedError {
  var label: String
  var source: ImportSource
  var options = ImportOptions()

  init(_ label: String, _ draft: StateDictDraft, arch: String? = nil, classes: Int = 10) throws {
    self.label = label
    source = draft.source()
    if let arch { options.architecture = try .preset(named: arch, classes: classes) }
  }

  init(_ label: String, _ source: ImportSource, _ options: ImportOptions = ImportOptions()) {
    self.label = label
    self.source = source
    self.options = options
  }
}

enum InducedErrors {
  static var all: [InducedError] {
    get throws {
      try architectures + depths + classes + orders + heads + statistics + truncations + doubts
        + tables + variants + descriptions + strangers
    }
  }

  private static var architectures: [InducedError] {
    get throws {
      [
        try InducedError("resnet18 named resnet50", StateDictDraft("resnet18"), arch: "resnet50"),
        try InducedError(
          "resnet50 named wide_resnet50_2", StateDictDraft("resnet50"), arch: "wide_resnet50_2"),
        try InducedError(
          "resnet50 named resnext50_32x4d", StateDictDraft("resnet50"), arch: "resnext50_32x4d"),
        try InducedError(
          "resnext50_32x4d named resnet50", StateDictDraft("resnext50_32x4d"), arch: "resnet50"),
        try InducedError("cifar_resnet20 named resnet18", StateDictDraft("cifar_resnet20"), arch: "resnet18"),
        InducedError(
          "resnet34 in a file named resnet18", try StateDictDraft("resnet34").source(claim("resnet18"))),
        try InducedError(
          "resnet152 named cifar_resnet20", StateDictDraft("resnet152"), arch: "cifar_resnet20"),
      ]
    }
  }

  private static var depths: [InducedError] {
    get throws {
      var longer = try Architecture.preset(named: "resnet18", classes: 10)
      longer.stages[2].blocks = 3
      return [
        try InducedError("resnet18 named resnet34", StateDictDraft("resnet18"), arch: "resnet34"),
        try InducedError("resnet101 named resnet50", StateDictDraft("resnet101"), arch: "resnet50"),
        try InducedError(
          "cifar_resnet20 named cifar_resnet32", StateDictDraft("cifar_resnet20"), arch: "cifar_resnet32"),
        try InducedError("a block too many", StateDictDraft(longer), arch: "resnet18"),
        try InducedError(
          "a block in the middle is missing",
          StateDictDraft("cifar_resnet20").without { $0.hasPrefix("layer2.1.") }, arch: "cifar_resnet20"),
        try InducedError(
          "a block in the middle is missing, and no name",
          StateDictDraft("resnet34").without { $0.hasPrefix("layer3.2.") }),
      ]
    }
  }

  private static var classes: [InducedError] {
    get throws {
      let draft = try StateDictDraft("small_resnet18", classes: 7)
      var stated = claim("small_resnet18")
      stated.classes = 5
      return [
        InducedError("other classes asked for", draft.source(), ImportOptions(classes: 10)),
        InducedError("other classes in the source", draft.source(stated)),
        try InducedError(
          "a bias of other classes", draft.reshaping { $0 == "fc.bias" ? [8] : $1 }, arch: "small_resnet18"),
        try InducedError(
          "a bias of other classes, and no name", draft.reshaping { $0 == "fc.bias" ? [8] : $1 }),
        try InducedError(
          "a head of no classes", draft.reshaping { $0 == "fc.weight" ? [0, 64] : $1 }, arch: "small_resnet18"
        ),
      ]
    }
  }

  private static var orders: [InducedError] {
    get throws {
      let draft = try StateDictDraft("small_resnet18")
      return [
        try InducedError("everything transposed", draft.transposed, arch: "small_resnet18"),
        try InducedError("everything transposed, and no name", draft.transposed),
        try InducedError(
          "the head transposed", draft.reshaping { $0 == "fc.weight" ? $1.reversed() : $1 },
          arch: "small_resnet18"),
        try InducedError(
          "a stem with channels last",
          StateDictDraft("resnet18").reshaping { $0 == "conv1.weight" ? [$1[0], $1[2], $1[3], $1[1]] : $1 },
          arch: "resnet18"),
        try InducedError(
          "vectors with axes of extent 1",
          draft.reshaping { $0.hasPrefix("bn1.") ? [1, $1[0], 1, 1] : $1 }, arch: "small_resnet18"),
      ]
    }
  }

  private static var heads: [InducedError] {
    get throws {
      let draft = try StateDictDraft("resnet18", classes: 5)
      return [
        try InducedError("no head", draft.without { $0.hasPrefix("fc.") }, arch: "resnet18"),
        try InducedError(
          "a head of two layers",
          draft.without { $0.hasPrefix("fc.") }
            + StateDictDraft([
              ("fc.0.weight", [64, 512]), ("fc.0.bias", [64]), ("fc.2.weight", [5, 64]), ("fc.2.bias", [5]),
            ]), arch: "resnet18"),
      ]
    }
  }

  private static var statistics: [InducedError] {
    get throws {
      let draft = try StateDictDraft("small_resnet18")
      return [
        try InducedError("no running statistics", draft.without { $0.contains(".running_") }),
        try InducedError(
          "no running statistics, and a name", draft.without { $0.contains(".running_") },
          arch: "small_resnet18"),
        try InducedError("no running variances", draft.without { $0.hasSuffix(".running_var") }),
        try InducedError(
          "statistics of older names",
          draft.renaming { $0.hasSuffix("running_mean") ? $0.dropLast(12) + "moving_mean" : $0 },
          arch: "small_resnet18"),
      ]
    }
  }

  private static var truncations: [InducedError] {
    get throws {
      let draft = try StateDictDraft("resnet18")
      return [
        try InducedError("cut off after two stages", draft.first(46), arch: "resnet18"),
        try InducedError("cut off after two stages, and no name", draft.first(46)),
        try InducedError("only the stem's kernel", draft.first(1), arch: "resnet18"),
        try InducedError("no tensor", draft.first(0)),
        try InducedError(
          "a norm's variance is missing",
          StateDictDraft(
            draft.tensors.filter { $0.name != "layer3.1.bn2.running_var" }.map { ($0.name, $0.shape) })),
      ]
    }
  }

  private static var doubts: [InducedError] {
    get throws {
      let draft = try StateDictDraft("small_resnet18")
      let body = draft.without { $0.hasPrefix("fc.") }
      let single = StateDictDraft([("head.weight", [5, 64]), ("head.bias", [5])])
      return [
        try InducedError("a pool with a weight", draft + StateDictDraft([("gem.p", [1])])),
        try InducedError("two networks", draft.prefixed("left.") + draft.prefixed("right.")),
        try InducedError("two heads", draft.prefixed("model.") + single),
        try InducedError(
          "a norm before a head that lies elsewhere",
          body.prefixed("base.") + StateDictDraft([("neck.weight", [64]), ("neck.bias", [64])]) + single),
        try InducedError(
          "a head of two layers that lies elsewhere",
          body.prefixed("base.")
            + StateDictDraft([
              ("head.0.weight", [8, 64]), ("head.0.bias", [8]), ("head.3.weight", [5, 8]),
              ("head.3.bias", [5]),
            ])),
        try InducedError(
          "layers of a head by name",
          body
            + StateDictDraft([
              ("fc.fc1.weight", [8, 64]), ("fc.fc1.bias", [8]), ("fc.fc2.weight", [5, 8]),
              ("fc.fc2.bias", [5]),
            ])),
        try InducedError(
          "weights in parts",
          draft.renaming { $0 == "conv1.weight" ? "conv1.weight_orig" : $0 }
            + StateDictDraft([("conv1.weight_mask", [16, 3, 3, 3])]), arch: "small_resnet18"),
        try InducedError(
          "a queue beside the weights",
          draft + StateDictDraft([("queue", [128, 65536]), ("queue_ptr", [1])]), arch: "small_resnet18"),
        try InducedError(
          "two names of one tensor",
          draft + StateDictDraft([("linear.weight", [10, 64])]), arch: "small_resnet18"),
      ]
    }
  }

  private static var tables: [InducedError] {
    get throws {
      let draft = try StateDictDraft("small_resnet18")
      let broken = draft.without { $0.hasPrefix("layer1.0.") }
      let options = ImportOptions(architecture: try .preset(named: "small_resnet18"))
      return [
        InducedError(
          "another table fits", broken.source(tables: [("model_ema", draft), ("old", broken)]), options),
        InducedError(
          "another table fits, and no name",
          broken.without { $0 == "bn1.weight" }.source(tables: [("model_ema", draft)])),
      ]
    }
  }

  private static var variants: [InducedError] {
    get throws {
      let small = try StateDictDraft("small_resnet18")
      var projecting = try Architecture.preset(named: "cifar_resnet20")
      projecting.shortcut = .projection
      var grouped = try Architecture.preset(named: "resnet50", classes: 10)
      grouped.groups = 8
      grouped.widthPerGroup = 8
      var grey = try Architecture.preset(named: "resnet18", classes: 10)
      grey.input.channels = 1
      var deep = try Architecture.preset(named: "resnet18", classes: 10)
      deep.stem = Architecture.Stem(kind: .deep, widths: [32, 32, 64], pool: true)
      return [
        try InducedError(
          "option B named option A", StateDictDraft(projecting), arch: "cifar_resnet20"),
        try InducedError(
          "option A named option B", small.without { $0.contains("downsample") }, arch: "small_resnet18"),
        try InducedError("eight groups named one", StateDictDraft(grouped), arch: "resnet50"),
        try InducedError("a stem for grey images", StateDictDraft(grey), arch: "resnet18"),
        try InducedError("a stem for small images", StateDictDraft("resnet18_cifar"), arch: "resnet18"),
        try InducedError("a deep stem", StateDictDraft(deep), arch: "resnet18"),
        try InducedError(
          "a stem of 5×5", StateDictDraft("resnet18").reshaping { $0 == "conv1.weight" ? [64, 3, 5, 5] : $1 }
        ),
      ]
    }
  }

  private static var descriptions: [InducedError] {
    get throws {
      let draft = try StateDictDraft("small_resnet18", classes: 3)
      var labelled = claim("small_resnet18")
      labelled.labels = ["ant", "bee"]
      var prepared = claim("small_resnet18")
      prepared.preprocessing = .name("imagenet21k")
      var grey = Preprocessing(inputSize: [1, 32, 32], resize: nil, crop: nil)
      grey.mean = [0.5]
      grey.std = [0.5]
      var flat = Preprocessing(inputSize: [3, 32, 32], resize: nil, crop: nil)
      flat.std = [0.2, 0, 0.2]
      return [
        InducedError("too few labels", draft.source(), ImportOptions(labels: ["ant", "bee"])),
        InducedError("too few labels in the source", draft.source(labelled)),
        InducedError("an empty label", draft.source(), ImportOptions(labels: ["ant", "", "cat"])),
        InducedError("grey preprocessing", draft.source(), ImportOptions(preprocessing: grey)),
        InducedError("a deviation of zero", draft.source(), ImportOptions(preprocessing: flat)),
        InducedError("an unknown preprocessing in the source", draft.source(prepared)),
        InducedError("an unknown architecture in the source", draft.source(claim("resnet19"))),
      ]
    }
  }

  private static var strangers: [InducedError] {
    get throws {
      [
        try InducedError(
          "a transformer",
          StateDictDraft(
            [("embeddings.word", [100, 8])]
              + (0..<30).map { ("encoder\($0).attention.weight", [8, 8]) })),
        try InducedError(
          "a VGG",
          StateDictDraft([("features.0.weight", [64, 3, 3, 3]), ("classifier.0.weight", [10, 64])])),
        try InducedError(
          "names that steer a terminal", StateDictDraft([("\u{1B}[2J.weight", [1]), ("a\nb", [1])])),
      ]
    }
  }

  /// What a file's name or manifest says.
  private static func claim(_ name: String) -> SourceClaims {
    SourceClaims(
      file: "net.pth", architecture: .name(name), evidence: "as the file's name says",
      origin: Origin(kind: .imported, source: "net.pth"))
  }
}
