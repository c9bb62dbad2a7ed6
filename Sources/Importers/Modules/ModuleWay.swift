import ModelDescriptor
import ResNetGraph
import WeightFiles

/// The way of the images through a network that was saved whole, followed node by node along the graph that it was read as.
///
/// Sequences run their modules in the order in which they are registered, and add nothing to what these compute. Modules of libraries
/// take the modules within by name. What other code does with its modules is not known: such a module is one thing that stands behind
/// the one before, and the sequences within it are followed by themselves.
struct ModuleWay {
  /// The input or output of a module.
  enum Value: Equatable {
    /// The output of a node.
    case node(Int)
    /// Something that other code computes from a node's output.
    case behind(Int)
    /// The output of a layer that the network does not have, by its path.
    case foreign(String)
    /// Something else than the network's answer that is computed of it, by the path of the module.
    case answer(String)
    case unknown
  }

  /// The first difference from the graph, as a phrase with the module's path.
  private(set) var fault: String?
  /// Classes of libraries that hold layers of the network and whose code is not known.
  private(set) var unknownClasses: [String] = []

  private let evidence: ModuleEvidence
  private let nodes: [Node]
  private let numbers: [String: Int]
  private var readers: [[Int]]
  /// The nodes of layers that the modules have, in their order.
  private let layers: [Int]
  /// The layers that the way led through.
  private var visited: Set<Int> = []
  private var steps = 0

  private static let stepLimit = 1 << 16

  init(_ evidence: ModuleEvidence, along graph: Graph) {
    self.evidence = evidence
    nodes = graph.nodes
    numbers = Dictionary(nodes.enumerated().map { ($1.name, $0) }) { first, _ in first }
    readers = Array(repeating: [], count: graph.nodes.count)
    layers = graph.nodes.indices.filter { evidence.layers[graph.nodes[$0].name] != nil }
    for (index, node) in graph.nodes.enumerated() {
      for input in node.inputs { readers[input].append(index) }
    }
    // A record without those of the modules around it tells no way.
    let isWhole = evidence.modules.allSatisfy {
      !$0.isProgram && ($0.path.isEmpty || evidence.module(around: $0) != nil)
    }
    guard isWhole, evidence.modules.first?.path.isEmpty == true else { return }
    end(with: run(0, .node(0)))
  }

  private mutating func add(_ fault: String) {
    // Most later differences are consequences of the first.
    if self.fault == nil { self.fault = fault }
  }

  // MARK: Modules

  private mutating func run(_ place: Int, _ input: Value) -> Value {
    let module = evidence.modules[place]
    steps += 1
    guard steps <= Self.stepLimit else {
      add("the modules run each other more than \(Self.stepLimit) times")
      return .unknown
    }
    if let name = evidence.names[module.path] { return layer(module, name, input) }
    if evidence.asides.contains(module.path) { return .foreign(module.path) }
    if module.isListOfModules {
      add("'\(module.path)' is a \(module.kind), which cannot be run")
      return .unknown
    }
    guard !module.isChanged else { return runUnknown(place, input) }
    guard let flow = ModuleFlow(module) else {
      guard evidence.isLeaf(module) else { return runUnknown(place, input) }
      return leaf(module, input)
    }
    guard let steps = flow.steps else {
      return children(of: module).reduce(input) { run($1, $0) }
    }
    return follow(steps, of: module, input)
  }

  private func children(of module: ModuleRecord) -> [Int] { evidence.children[module.path] ?? [] }

  private func child(_ name: String, of module: ModuleRecord) -> Int? {
    children(of: module).first { evidence.modules[$0].name == name }
  }

  private mutating func follow(_ steps: [ModuleFlow.Step], of module: ModuleRecord, _ input: Value) -> Value {
    if let missing = required(steps).first(where: { child($0, of: module) == nil }) {
      add("'\(module.path)' is \(module.indefinite) without '\(missing)'")
      return .unknown
    }
    var value = input
    for step in steps {
      switch step {
      case .child(let names, _):
        if let place = names.compactMap({ child($0, of: module) }).first { value = run(place, value) }
      case .loop(let name):
        guard let list = child(name, of: module) else { continue }
        requireOrder(evidence.modules[list])
        value = children(of: evidence.modules[list]).reduce(value) { run($1, $0) }
      case .sum(let way, let shortcut):
        let other = follow(shortcut, of: module, value)
        value = sum(module, follow(way, of: module, value), other)
      case .sumBehind(let norm, let way, let shortcut):
        let start = follow(norm, of: module, value)
        let other = child(shortcut, of: module).map { run($0, start) } ?? value
        value = sum(module, follow(way, of: module, start), other)
      case .product(let way):
        value = product(module, value, follow(way, of: module, value))
      case .functional(let name):
        if let place = child(name, of: module), evidence.modules[place].kind != "FloatFunctional" {
          add(
            "'\(evidence.modules[place].path)' is \(evidence.modules[place].indefinite), not a FloatFunctional"
          )
        }
      case .rectify: value = advance(module, value, "a ReLU") { $0.isRectifier }
      case .mean: value = advance(module, value, "a mean") { $0.isMean }
      case .sigmoid(let name):
        if child(name, of: module) == nil { value = advance(module, value, "a sigmoid") { $0.isSigmoid } }
      }
    }
    return value
  }

  /// The modules that the steps cannot do without.
  private func required(_ steps: [ModuleFlow.Step]) -> [String] {
    steps.flatMap { step -> [String] in
      switch step {
      case .child(let names, let isRequired): isRequired ? Array(names.prefix(1)) : []
      case .sum(let way, let shortcut): required(way) + required(shortcut)
      case .sumBehind(let norm, let way, _): required(norm) + required(way)
      case .product(let way): required(way)
      case .functional(let name): [name]
      case .loop, .rectify, .mean, .sigmoid: []
      }
    }
  }

  /// Follows what is known within a module whose own code is not.
  private mutating func runUnknown(_ place: Int, _ input: Value) -> Value {
    let module = evidence.modules[place]
    if module.isOfLibrary, !module.isChanged, !module.isOfTraining, evidence.trunk.contains(module.path),
      !unknownClasses.contains(module.className)
    {
      unknownClasses.append(module.className)
      if ModuleFlow.isLookalike(module) {
        add("'\(module.path)' is a \(module.className), which only has the name of a class that is known")
      }
    }
    runEach(of: module)
    let start = module.path.isEmpty ? "" : module.path + "."
    let inner = evidence.modules[place...].prefix { $0.path == module.path || $0.path.hasPrefix(start) }
      .compactMap { evidence.names[$0.path].flatMap { numbers[$0] } }
    guard let first = inner.min(), let last = inner.max() else {
      if case .node(let node) = input { return .behind(node) }
      return input
    }
    require(first, behind: input, module.path)
    if input != .unknown, let other = layers.first(where: { $0 > first && $0 < last && !inner.contains($0) })
    {
      add("\(words(other)) is not among the layers of '\(module.path)', which the network has around it")
    }
    return .behind(last)
  }

  private mutating func runEach(of module: ModuleRecord) {
    for place in children(of: module) {
      let child = evidence.modules[place]
      if child.isListOfModules {
        requireOrder(child)
        runEach(of: child)
      } else {
        _ = run(place, .unknown)
      }
    }
  }

  /// Refuses a list whose numbers are not in their order: loops over it and numbers in brackets would mean different modules.
  private mutating func requireOrder(_ list: ModuleRecord) {
    let names = children(of: list).map { evidence.modules[$0].name }
    let places = names.compactMap { Int($0) }
    guard places.count == names.count, let pair = zip(places, places.dropFirst()).first(where: { $0 >= $1 })
    else { return }
    add("'\(list.path)' has '\(pair.0)' before '\(pair.1)'")
  }

  // MARK: Layers

  private mutating func layer(_ module: ModuleRecord, _ name: String, _ input: Value) -> Value {
    guard let node = numbers[name] else { return .unknown }
    require(node, behind: input, module.path)
    visited.insert(node)
    guard !module.isChanged else { return .behind(node) }
    // timm's norms have an activation of their own.
    let own = module.className.hasPrefix("timm.") ? ["drop", "act"] : []
    if module.isOfLibrary, let other = children(of: module).first(where: { !isPart($0, own) }) {
      add(
        "'\(module.path)' is \(module.indefinite) with \(evidence.modules[other].indefinite) within, as its class has none"
      )
    }
    return own.compactMap { child($0, of: module) }.reduce(.node(node)) { run($1, $0) }
  }

  /// True for a module within a layer that is run by it, or computes its weights.
  private func isPart(_ place: Int, _ own: [String]) -> Bool {
    let name = String(evidence.modules[place].name)
    return own.contains(name) || name == "parametrizations"
  }

  private mutating func leaf(_ module: ModuleRecord, _ input: Value) -> Value {
    guard module.isOfLibrary else {
      if case .node(let node) = input { return .behind(node) }
      return input
    }
    let words = module.indefinite
    switch module.kind {
    case "ReLU": return advance(module, input, words) { $0.isRectifier }
    case "Sigmoid":
      if case .node(nodes.count - 1) = input { return .answer(module.path) }
      return advance(module, input, words) { $0.isSigmoid }
    case "MaxPool2d", "MaxPool2dSame": return advance(module, input, words) { $0.isMaxPool }
    case "BlurPool2d": return advance(module, input, words) { $0.isBlur }
    case "AvgPool2d", "AvgPool2dSame": return advance(module, input, words) { $0.isAveragePool || $0.isMean }
    case "AdaptiveAvgPool1d", "AdaptiveAvgPool2d", "FastAdaptiveAvgPool", "FastAdaptiveAvgPool2d":
      return advance(module, input, words) { $0.isMean }
    case "AdaptiveMaxPool2d", "FastAdaptiveMaxPool":
      return advance(module, input, words) { $0.isGlobalMax }
    case "AdaptiveAvgMaxPool2d", "FastAdaptiveAvgMaxPool", "AdaptiveCatAvgMaxPool2d",
      "FastAdaptiveCatAvgMaxPool":
      guard case .node(let node) = input, let pool = numbers["globalpool"],
        nodes[pool].inputs.allSatisfy({ nodes[$0].inputs == [node] })
      else { return advance(module, input, words) { _ in false } }
      return .node(pool)
    case "InstanceNorm2d", "GroupNorm":
      return advance(module, input, words) { $0.isNormOfGroups }
    case "Softmax", "LogSoftmax":
      switch input {
      case .node(let node) where node < nodes.count - 1,
        .behind(let node) where layers.contains { $0 > node }:
        add("'\(module.path)' is \(words) before the network's last layer")
        return .answer(module.path)
      case .foreign: return input
      default: return .answer(module.path)
      }
    default:
      if module.isNormalize {
        // Of images it is part of their preprocessing; of anything else it would be a layer.
        let isOfImages =
          switch input {
          case .node(0), .behind(0): true
          case .unknown: evidence.standsBeforeTheLayers(module)
          default: false
          }
        if !isOfImages { add("'\(module.path)' is \(words) behind the network's first layer") }
        return input
      }
      // Whatever else is no layer of such a network is refused by its class.
      return module.isNeutral || module.kind == "ConstantPad2d" ? input : .unknown
    }
  }

  // MARK: Values

  /// Refuses a layer that takes something else than the network's.
  private mutating func require(_ node: Int, behind input: Value, _ path: String) {
    switch input {
    case .unknown: break
    case .foreign(let other):
      add("'\(path)' takes the output of '\(other)', which the network does not have")
    case .answer(let other): add("'\(path)' takes the output of '\(other)', which is none of its layers")
    case .node(let given):
      let source = nodes[node].inputs.first
      // Of a module whose code is not known the first layer alone is.
      guard source != given, evidence.names[path] != nil || !isNext(node, behind: given) else { break }
      add("'\(path)' takes the output of \(words(given)), and the network's that of \(words(source))")
    case .behind(let given):
      guard !isNext(node, behind: given) else { break }
      add("'\(path)' stands behind \(words(given)), and \(words(node)) does not in the network")
    }
  }

  /// True if a layer is computed of a node's output with no other layer between them.
  private func isNext(_ node: Int, behind given: Int) -> Bool {
    var seen: Set<Int> = []
    var open = nodes[node].inputs
    while let next = open.popLast() {
      guard next > given, seen.insert(next).inserted else { continue }
      if evidence.layers[nodes[next].name] != nil { return false }
      open += nodes[next].inputs
    }
    return node > given && (seen.union([node])).contains { nodes[$0].inputs.contains(given) }
  }

  private func words(_ node: Int?) -> String {
    guard let node, node > 0 else { return "the images" }
    return "'\(evidence.layers[nodes[node].name]?.path ?? nodes[node].name)'"
  }

  /// The value behind the node that reads it and does what a module does.
  private mutating func advance(
    _ module: ModuleRecord, _ input: Value, _ what: String, _ matches: (ResNetGraph.Operation) -> Bool
  ) -> Value {
    guard case .node(let node) = input else { return input }
    if let reader = readers[node].first(where: { matches(nodes[$0].operation) }) { return .node(reader) }
    // A second pool over one pixel changes nothing.
    if nodes[node].name == "avgpool" || nodes[node].name.hasPrefix("globalpool"), module.isPool {
      return input
    }
    add("'\(module.path)' computes \(what) of the output of \(words(node)), which the network does not")
    return .unknown
  }

  private mutating func sum(_ module: ModuleRecord, _ way: Value, _ shortcut: Value) -> Value {
    guard case .node(let first) = way, case .node(let second) = shortcut else {
      return joined(way, shortcut)
    }
    let found = readers[first].first { nodes[$0].operation.isSum && nodes[$0].inputs == [first, second] }
    guard let found else {
      add(
        "'\(module.path)' adds the outputs of \(words(first)) and \(words(second)), which the network does not"
      )
      return .unknown
    }
    return .node(found)
  }

  private mutating func product(_ module: ModuleRecord, _ map: Value, _ factors: Value) -> Value {
    guard case .node(let first) = map, case .node(let second) = factors else { return joined(factors, map) }
    let found = readers[first].first { nodes[$0].operation.isProduct && nodes[$0].inputs == [first, second] }
    guard let found else {
      add(
        "'\(module.path)' multiplies the output of \(words(first)) by that of \(words(second)), which the network does not"
      )
      return .unknown
    }
    return .node(found)
  }

  private func joined(_ first: Value, _ second: Value) -> Value {
    switch (first, second) {
    case (.foreign, _), (.answer, _): first
    case (_, .foreign), (_, .answer): second
    case (.node(let a), .behind(let b)), (.behind(let a), .node(let b)), (.behind(let a), .behind(let b)):
      .behind(max(a, b))
    default: .unknown
    }
  }

  /// Looks at what the network's module puts out. Pools and a head without weights may be missing.
  private mutating func end(with value: Value) {
    guard fault == nil else { return }
    for node in layers where !visited.contains(node) {
      add("\(words(node)) is not run by the module around it")
    }
    let left: Range<Int>
    switch value {
    case .node(let node): left = (node + 1)..<nodes.count
    case .behind(let node):
      if let next = layers.first(where: { $0 > node }) { add("the modules end before \(words(next))") }
      return
    case .foreign, .answer, .unknown: return
    }
    let needed = left.first { index in
      !Graph.isHead(path: nodes[index].name) && !nodes[index].operation.isGlobalPool
        || layers.contains(index)
    }
    if let needed { add("the modules end before \(words(needed))") }
  }
}

extension ModuleRecord {
  /// True for PyTorch's containers that hold modules and do not run them.
  fileprivate var isListOfModules: Bool {
    className.hasPrefix("torch.nn.") && (kind == "ModuleList" || kind == "ModuleDict")
  }

  fileprivate var isPool: Bool { kind.contains("Pool") }
}

extension ResNetGraph.Operation {
  fileprivate var isRectifier: Bool { if case .relu = self { true } else { false } }
  fileprivate var isSigmoid: Bool { if case .sigmoid = self { true } else { false } }
  fileprivate var isMaxPool: Bool { if case .maxPool = self { true } else { false } }
  fileprivate var isBlur: Bool { if case .blur = self { true } else { false } }
  fileprivate var isAveragePool: Bool { if case .averagePool = self { true } else { false } }
  fileprivate var isMean: Bool { if case .globalAveragePool = self { true } else { false } }
  fileprivate var isGlobalMax: Bool { if case .globalMaxPool = self { true } else { false } }
  fileprivate var isNormOfGroups: Bool { if case .groupNormalization = self { true } else { false } }
  fileprivate var isSum: Bool { if case .add = self { true } else { false } }
  fileprivate var isProduct: Bool { if case .scale = self { true } else { false } }
  fileprivate var isGlobalPool: Bool {
    switch self {
    case .globalAveragePool, .globalMaxPool, .mean, .concatenate: true
    default: false
    }
  }
}
