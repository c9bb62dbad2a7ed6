import TensorCore

/// A layer among tensors of unknown names: all that stand in one module.
struct LayerUnit {
  /// The components of the module's name.
  let path: [Substring]
  /// The place of its first tensor, by which layers are ordered.
  let order: Int
  let kind: Kind
  /// The places of its tensors, by the last components of their names.
  let tensors: [Substring: Int]

  enum Kind: Equatable {
    case convolution(inputs: Int, outputs: Int, kernel: Int)
    case linear(inputs: Int, outputs: Int)
    case norm(channels: Int)
    /// A convolution over channels.
    case channelConvolution
    case other
  }

  /// The layers of some tensors, in the order of their first ones. Counts and fixed filters belong to none.
  ///
  /// - Complexity: O(size of the names).
  static func all(_ tensors: [(name: String, shape: Shape)]) -> [LayerUnit] {
    var modules: [Substring: [(leaf: Substring, place: Int)]] = [:]
    var order: [Substring] = []
    for (place, tensor) in tensors.enumerated() where NameMap.reasonToSkip(tensor.name) == nil {
      let dot = tensor.name.lastIndex(of: ".")
      let module = dot.map { tensor.name[..<$0] } ?? ""
      let leaf = dot.map { tensor.name[tensor.name.index(after: $0)...] } ?? tensor.name[...]
      if modules[module] == nil { order.append(module) }
      modules[module, default: []].append((leaf, place))
    }
    return order.compactMap { module in
      guard let leaves = modules[module], let first = leaves.first else { return nil }
      let places = Dictionary(leaves) { first, _ in first }
      return LayerUnit(
        path: module.split(separator: "."), order: first.place,
        kind: kind(places.mapValues { tensors[$0].shape.dimensions }), tensors: places)
    }
  }

  private static func kind(_ leaves: [Substring: [Int]]) -> Kind {
    guard let weight = leaves["weight"], weight.allSatisfy({ $0 > 0 }) else { return .other }
    let rest = Set(leaves.keys).subtracting(["weight", "bias"])
    if weight.count == 1 {
      let others = leaves.filter { $0.key != "weight" }
      guard others["bias"] != nil, rest.isSubset(of: ["running_mean", "running_var"]),
        others.values.allSatisfy({ $0 == weight })
      else { return .other }
      return .norm(channels: weight[0])
    }
    guard rest.isEmpty, leaves["bias"].map({ $0 == [weight[0]] }) ?? true else { return .other }
    switch weight.count {
    case 2: return .linear(inputs: weight[1], outputs: weight[0])
    case 3 where weight[..<2] == [1, 1] && leaves.count == 1: return .channelConvolution
    case 4 where weight[2] == weight[3]:
      return .convolution(inputs: weight[1], outputs: weight[0], kernel: weight[2])
    default: return .other
    }
  }

  // MARK: What it is

  var isConvolution: Bool {
    if case .convolution = kind { true } else { false }
  }

  var isNorm: Bool {
    if case .norm = kind { true } else { false }
  }

  /// Channels that a convolution reads in each group, or that a norm has.
  var inputs: Int {
    switch kind {
    case .convolution(let inputs, _, _), .linear(let inputs, _): inputs
    case .norm(let channels): channels
    case .channelConvolution, .other: 0
    }
  }

  var outputs: Int {
    switch kind {
    case .convolution(_, let outputs, _), .linear(_, let outputs): outputs
    case .norm(let channels): channels
    case .channelConvolution, .other: 0
    }
  }

  var kernel: Int {
    if case .convolution(_, _, let kernel) = kind { kernel } else { 0 }
  }

  /// The number of modules between two layers of one numbered sequence; nil where they do not stand in one.
  func gap(to next: LayerUnit) -> Int? {
    guard path.dropLast() == next.path.dropLast(), let from = path.last?.moduleNumber,
      let to = next.path.last?.moduleNumber, to > from
    else { return nil }
    return to - from - 1
  }
}

extension Substring {
  /// The number that a module has in a sequence; nil for a name, and for a number larger than any sequence is long.
  var moduleNumber: Int? {
    guard utf8.count <= 9, utf8.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
    return Int(self)
  }
}
