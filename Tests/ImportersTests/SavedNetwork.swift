import Messages
import ModelDescriptor
import ResNetGraph
import TensorCore
import WeightFiles

@testable import Importers

/// The modules of a network as libraries register them, for tests that change some of them before the import is planned.
struct SavedNetwork {
  static let sequence = "torch.nn.modules.container.Sequential"
  static let basicBlock = "torchvision.models.resnet.BasicBlock"

  var modules: [ModuleRecord]
  /// The names of the tensors, in the order of the graph.
  var names: [String]
  private let graph: Graph

  /// torchvision's network of a preset, with three classes.
  init(_ preset: String = "resnet18", block: String = basicBlock) throws {
    graph = try Graph(try Architecture.preset(named: preset, classes: 3))
    names = graph.parameters.map(\.name)
    modules = [ModuleRecord(path: "", className: "torchvision.models.resnet.ResNet")]
    for node in graph.nodes {
      var outer = ""
      for part in node.name.split(separator: ".").dropLast() {
        outer += (outer.isEmpty ? "" : ".") + part
        let isBlock = outer.hasPrefix("layer") && outer.split(separator: ".").count == 2
        add(outer, isBlock ? block : Self.sequence)
      }
      addLayer(node)
    }
  }

  private mutating func add(
    _ path: String, _ className: String, _ settings: [String: ModuleRecord.Setting] = [:]
  ) {
    guard !modules.contains(where: { $0.path == path }) else { return }
    modules.append(ModuleRecord(path: path, className: className, settings: settings))
  }

  private mutating func addLayer(_ node: Node) {
    let layers = "torch.nn.modules."
    switch node.operation {
    case .convolution(let layer):
      add(
        node.name, layers + "conv.Conv2d",
        [
          "stride": .ints([layer.stride, layer.stride]), "padding": .ints([layer.padding, layer.padding]),
          "dilation": .ints([1, 1]), "groups": .int(layer.groups),
        ])
    case .batchNormalization: add(node.name, layers + "batchnorm.BatchNorm2d", ["eps": .float(1e-5)])
    case .maxPool:
      add(
        node.name, layers + "pooling.MaxPool2d",
        ["kernel_size": .int(3), "stride": .int(2), "padding": .int(1)])
    case .relu:
      // torchvision's blocks have one that they run several times.
      let name = String(node.name.reversed().drop { $0.isNumber }.reversed())
      add(name, layers + "activation.ReLU")
    case .globalAveragePool where node.name == "avgpool":
      add("avgpool", layers + "pooling.AdaptiveAvgPool2d", ["output_size": .ints([1, 1])])
    case .linear: add(node.name, layers + "linear.Linear")
    case .channelConvolution(let layer):
      add(
        node.name, layers + "conv.Conv1d", ["padding": .ints([(layer.kernel - 1) / 2]), "stride": .ints([1])])
    default: break
    }
  }

  // MARK: Changes

  /// Makes a module one of another class.
  mutating func recast(
    _ path: String, _ className: String, _ settings: [String: ModuleRecord.Setting]? = nil
  ) {
    guard let place = modules.firstIndex(where: { $0.path == path }) else { return }
    modules[place].className = className
    if let settings { modules[place].settings = settings }
  }

  mutating func set(_ name: String, of path: String, to value: ModuleRecord.Setting) {
    guard let place = modules.firstIndex(where: { $0.path == path }) else { return }
    modules[place].settings[name] = value
  }

  /// Puts the modules at a path, and those within, behind all others around them.
  mutating func moveBack(_ path: String) {
    let isMoved = { (module: ModuleRecord) in module.path == path || module.path.hasPrefix(path + ".") }
    let moved = modules.filter(isMoved)
    modules.removeAll(where: isMoved)
    let outer = path.lastIndex(of: ".").map { String(path[..<$0]) } ?? ""
    let end = modules.lastIndex { outer.isEmpty || $0.path == outer || $0.path.hasPrefix(outer + ".") }
    modules.insert(contentsOf: moved, at: (end ?? -1) + 1)
  }

  /// Puts layers in the place of the head, the one with its tensors among them.
  mutating func makeHead(_ layers: [(className: String, hasWeights: Bool)]) {
    modules.removeAll { $0.path == "fc" }
    modules.append(ModuleRecord(path: "fc", className: Self.sequence))
    for (place, layer) in layers.enumerated() {
      modules.append(ModuleRecord(path: "fc.\(place)", className: "torch.nn.modules." + layer.className))
      guard layer.hasWeights else { continue }
      names = names.map { $0.hasPrefix("fc.") ? "fc.\(place)" + $0.dropFirst(2) : $0 }
    }
  }

  // MARK: Import

  func plan() throws -> ImportPlan {
    let tensors = zip(names, graph.parameters).map { name, parameter in
      SourceTensor(
        name: name, shape: parameter.shape, type: "float32", byteCount: 4 * parameter.shape.elementCount)
    }
    let weights = UnreadableWeights(path: "net.pth", tensors: tensors, stateDict: nil, modules: modules)
    let claims = SourceClaims(file: "net.pth", origin: Origin(kind: .imported, source: "net.pth"))
    return try ImportSource(weights, claims: claims).plan(options: ImportOptions())
  }
}
