import ModelDescriptor
import ResNetGraph
import TensorCore
import WeightFiles

/// The statements of a saved network's own layers about what its tensors do not show: strides, dilations, pooling, the kind and
/// the epsilon of norms, activations.
struct ModuleEvidence {
  /// All modules in the order in which they are registered.
  let modules: [ModuleRecord]
  /// The modules of the network's layers by their paths in the graph.
  private(set) var layers: [String: ModuleRecord] = [:]
  /// The places among the modules of the network's layers, by their paths in the graph.
  private(set) var places: [String: Int] = [:]
  /// The graph's paths of the network's layers, by the modules' paths.
  private(set) var names: [String: String] = [:]
  /// The paths of modules with tensors of the network, in them or further within.
  private(set) var trunk: Set<String> = []
  /// The paths of modules with tensors, none of them the network's.
  private(set) var asides: Set<String> = []
  /// The places of the modules that lie directly in a module, by its path.
  private(set) var children: [String: [Int]] = [:]
  /// The names of the file's tensors.
  private(set) var tensors: Set<String> = []
  /// The graph's names of the network's tensors, by their names in the file.
  private(set) var parameters: [String: String] = [:]
  /// The first extents of the network's tensors, by their names in the graph: the channels that layers put out.
  private(set) var channels: [String: Int] = [:]
  /// The computation of a TorchScript archive's program; nil where there is none.
  private(set) var way: ProgramWay?
  /// The places of the modules by their paths.
  private let numbers: [String: Int]

  /// - Parameter names: for each tensor the graph's name, nil where it is left out.
  /// - Returns: nil where the source has tensors alone, or none of its modules belongs to the network.
  init?(_ weights: any WeightSource, names: [String?]) {
    guard let modules = weights.modules else { return nil }
    self.modules = modules
    numbers = Dictionary(modules.enumerated().map { ($1.path, $0) }) { first, _ in first }
    for (tensor, name) in zip(weights.tensors, names) {
      tensors.insert(tensor.name)
      parameters[tensor.name] = name
      if let name { channels[name] = tensor.shape.dimensions.first }
      let path = Self.parent(of: tensor.name)
      // The numbers of a filter are no weights; they are compared when they are read.
      if tensor.name.hasSuffix(NameMap.blurFilter),
        numbers[path].map({ modules[$0].kind == "BlurPool2d" }) == true
      {
        continue
      }
      var outer = path
      while name == nil ? asides.insert(outer).inserted : trunk.insert(outer).inserted, !outer.isEmpty {
        outer = Self.parent(of: outer)
      }
      guard let name, let number = numbers[path] else { continue }
      layers[Self.parent(of: name)] = modules[number]
      places[Self.parent(of: name)] = number
      self.names[path] = Self.parent(of: name)
    }
    guard !layers.isEmpty else { return nil }
    asides.subtract(trunk)
    for (number, module) in modules.enumerated() where !module.path.isEmpty {
      children[Self.parent(of: module.path), default: []].append(number)
    }
    if modules.first?.isProgram == true { way = ProgramWay(self) }
  }

  /// The module that a path leads to.
  func module(at path: String) -> ModuleRecord? { numbers[path].map { modules[$0] } }

  /// The place of a module among all.
  func place(of module: ModuleRecord) -> Int? { numbers[module.path] }

  /// The module around another one.
  func module(around module: ModuleRecord) -> ModuleRecord? {
    module.path.isEmpty ? nil : self.module(at: Self.parent(of: module.path))
  }

  /// A path without its last component.
  static func parent(of path: String) -> String {
    path.lastIndex(of: ".").map { String(path[..<$0]) } ?? ""
  }

  /// True if the layers tell their settings, which a TorchScript archive keeps in its program.
  var hasSettings: Bool { layers.values.contains { $0.integer("stride") != nil } }

  /// The layers in the order of their paths in the graph.
  private var inOrder: [ModuleRecord] { layers.sorted { $0.key < $1.key }.map(\.value) }

  /// The modules that are registered after one layer and before another one.
  func between(_ first: String, and last: String) -> ArraySlice<ModuleRecord>? {
    guard let start = places[first], let end = places[last], start < end else { return nil }
    return modules[(start + 1)..<end]
  }

  /// The modules of the blocks: from the first layer of a stage to the last one.
  var blocks: ArraySlice<ModuleRecord> {
    let inner = places.filter { $0.key.hasPrefix("layer") }.map(\.value)
    guard let start = inner.min(), let end = inner.max() else { return [] }
    return modules[start...end]
  }

  // MARK: Corrections

  /// The architecture with the strides, dilations, pool and norms that the layers have.
  func corrected(_ architecture: Architecture) -> Architecture {
    var net = architecture
    if let filter = antialias { net.antialias = filter }
    if net.antialias == .none || antialias != nil, hasSettings { correctStrides(&net) }
    let ordered = places.sorted { ($0.value, $0.key) < ($1.value, $1.key) }.map { modules[$0.value] }
    if let epsilon = ordered.lazy.filter({ $0.kind != "StdConv2d" }).compactMap({ $0.number("eps") }).first {
      net.normalization.epsilon = epsilon
    }
    if net.weightStandardization != nil,
      let epsilon = ordered.lazy.filter({ $0.kind == "StdConv2d" }).compactMap({ $0.number("eps") }).first
    {
      net.weightStandardization = epsilon
    }
    if case .group = net.normalization.kind,
      let groups = inOrder.lazy.compactMap({ $0.kind == "GroupNorm" ? $0.integer("num_groups") : nil }).first
    {
      net.normalization.kind = .group(groups: groups)
    }
    if let hasPool = stemPool(net) { net.stem.pool = hasPool }
    if net != architecture { net.name = nil }
    return net
  }

  private func correctStrides(_ net: inout Architecture) {
    for index in net.stages.indices {
      let path = "layer\(index + 1)"
      let blocks = net.stages[index].blocks
      guard let first = strides(of: "\(path).0") else { continue }
      let last = strides(of: "\(path).\(blocks - 1)") ?? first
      if blocks > 1, total(first) == 1, total(last) > 1 {
        net.stridePosition = .last
      }
      let striding = total(first) > 1 ? first : last
      net.stages[index].stride = total(striding)
      if (net.stages[index].block ?? net.block).isBottleneck, total(striding) > 1 {
        net.bottleneckStride = striding[0] > 1 ? .conv1 : .conv2
      }
      // The first block keeps the dilation of the stage before.
      let window = (net.stages[index].block ?? net.block).isBottleneck ? "conv2" : "conv1"
      if blocks > 1, let dilation = layers["\(path).1.\(window)"]?.integer("dilation") {
        net.stages[index].dilation = dilation
      }
    }
  }

  private func total(_ strides: [Int]) -> Int { strides.reduce(1) { min($0 * $1, 64) } }

  /// The strides of a block's convolutions in their order; nil where one is not known.
  private func strides(of block: String) -> [Int]? {
    var strides: [Int] = []
    while let layer = layers["\(block).conv\(strides.count + 1)"] {
      guard let stride = layer.integer("stride"), (1...8).contains(stride) else { return nil }
      strides.append(stride)
    }
    // A filter strides in place of the convolution before it.
    let window = strides.count > 2 ? 1 : 0
    if strides.indices.contains(window), let filter = filter(of: block)?.integer("stride"),
      (1...8).contains(filter)
    {
      strides[window] *= filter
    }
    return strides.isEmpty ? nil : strides
  }

  /// True or false where the modules tell if a pool follows the stem.
  func stemPool(_ net: Architecture) -> Bool? {
    guard net.stem.poolKind != .convolution, net.antialias == .none || antialias != nil,
      let stem = ["conv1", "conv1.6", "conv1.0"].first(where: { layers[$0] != nil }),
      let registered = between(stem, and: "layer1.0.\(layers["layer1.0.conv1"] == nil ? "bn1" : "conv1")")
    else { return nil }
    if let way, way.fault == nil { return way.hasMaxPool }
    if registered.contains(where: { $0.kind == "MaxPool2d" }) { return true }
    if net.antialias == .averagePool, registered.contains(where: { $0.kind == "AvgPool2d" }) { return true }
    let pools: Set<String> = ["max_pool2d", "_max_pool2d"]
    if modules.contains(where: \.isProgram), modules.allSatisfy({ $0.calls.isDisjoint(with: pools) }) {
      return false
    }
    let isLeftOut = registered.contains { $0.kind == "Identity" && $0.path.contains("pool") }
    let isKnown = modules.contains {
      ["torchvision.models.resnet.ResNet", "timm.models.resnet.ResNet"].contains($0.className)
    }
    return isLeftOut || isKnown ? false : nil
  }
}

extension ModuleRecord {
  /// A setting that is one whole number, or the same one in both directions.
  func integer(_ name: String) -> Int? {
    switch settings[name] {
    case .int(let number): number
    case .ints(let numbers) where Set(numbers).count == 1: numbers.first
    default: nil
    }
  }

  /// A setting that is a number.
  func number(_ name: String) -> Double? {
    switch settings[name] {
    case .int(let number): Double(number)
    case .float(let number): number
    default: nil
    }
  }
}
