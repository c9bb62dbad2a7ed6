/// The layers of one residual block, each in its part.
struct BlockUnits {
  let path: [Substring]
  /// The name that counts it among the blocks of its stage: its own, or that of the only module in its path; nil without a number.
  let numberedName: Substring?
  /// True if it is the only block in the module of its path.
  let isAlone: Bool
  /// The convolutions of the residual branch, in their order.
  private(set) var convolutions: [LayerUnit] = []
  /// The norms of the residual branch, in their order.
  private(set) var norms: [LayerUnit] = []
  private(set) var projection: LayerUnit?
  private(set) var projectionNorm: LayerUnit?
  /// The layers of channel attention.
  private(set) var attention: [LayerUnit] = []
  /// True if shapes and numbers leave one order of the convolutions; false if the order of the file decided.
  private(set) var isForced = true
  /// True if the norms can stand after the convolutions.
  private(set) var canFollow = false
  /// True if the norms can stand before the convolutions.
  private(set) var canPrecede = false

  /// Words for the module of a projection.
  private static let shortcuts = [
    "shortcut", "downsample", "skip", "identity", "proj", "match", "adjust", "branch1", "down_sample",
    "res_conv",
    "conv_res", "side", "bypass",
  ]
  /// Words for the module of channel attention.
  private static let attentions: Set<Substring> = [
    "se", "fc1", "fc2", "fc", "excitation", "squeeze", "attn", "attention", "ca", "channel_attention",
    "se_module",
    "se_layer", "selayer", "eca",
  ]

  /// Nil if the layers are not those of one block.
  ///
  /// - Parameters:
  ///   - units: all layers under a module, in their order.
  ///   - isOrdered: true if that order is the one in which the program made them.
  init?(_ units: [LayerUnit], at path: [Substring], isOrdered: Bool) {
    guard (2...16).contains(units.count), !units.contains(where: { $0.kind == .other }) else { return nil }
    self.path = path
    let depth = path.count
    let inner = Set(units.map { $0.path.count > depth ? $0.path[depth] : "" })
    isAlone = inner.count == 1 && inner.allSatisfy { Int($0) != nil }
    numberedName = isAlone ? inner.first : path.last
    attention = units.filter { unit in
      switch unit.kind {
      case .linear, .channelConvolution: true
      case .convolution(_, _, 1): unit.path.dropFirst(depth).contains { Self.attentions.contains($0) }
      default: false
      }
    }
    guard hasSoundAttention else { return nil }
    let inAttention = Set(attention.map(\.order))
    let rest = units.filter { $0.isConvolution && !inAttention.contains($0.order) }
    guard arrange(rest, depth: depth, isOrdered: isOrdered) else { return nil }
    guard arrangeNorms(units.filter(\.isNorm), depth: depth), hasUsualModules else { return nil }
    guard attention.first?.kind == .channelConvolution || attention.isEmpty || attention[0].inputs == outputs
    else { return nil }
  }

  var inputs: Int { convolutions[0].inputs }
  var outputs: Int { convolutions[convolutions.count - 1].outputs }

  private var hasSoundAttention: Bool {
    switch attention.count {
    case 0: true
    case 1: attention[0].kind == .channelConvolution
    case 2: attention[0].outputs == attention[1].inputs && attention[1].outputs == attention[0].inputs
    default: false
    }
  }

  private static func isShortcut(_ unit: LayerUnit, _ depth: Int) -> Bool {
    unit.path.dropFirst(depth).contains { component in
      let word = component.lowercased()
      return shortcuts.contains { word.contains($0) } || word == "sc" || word == "down"
    }
  }

  // MARK: Convolutions

  private struct Arrangement {
    var main: [LayerUnit]
    var projection: LayerUnit?
  }

  /// Finds the residual branch and the projection; false if there is none, or if more than one is possible and nothing decides.
  private mutating func arrange(_ units: [LayerUnit], depth: Int, isOrdered: Bool) -> Bool {
    guard (2...4).contains(units.count) else { return false }
    var found: [Arrangement] = []
    for length in [2, 3] where length == units.count || length == units.count - 1 {
      let projections: [LayerUnit?] = length == units.count ? [nil] : units.map { $0 }
      for projection in projections {
        let main = units.filter { $0.order != projection?.order }
        for order in Self.permutations(main) where Self.isBranch(order, projection) {
          found.append(Arrangement(main: order, projection: projection))
        }
      }
    }
    let named = found.filter { arrangement in
      arrangement.projection.map { Self.isShortcut($0, depth) } ?? true
        && !arrangement.main.contains { Self.isShortcut($0, depth) }
    }
    if !named.isEmpty { found = named }
    guard let first = found.first else { return false }
    if found.count > 1 {
      // The permutations begin with the order of the file, and all but those of the branch must be decided.
      guard found.allSatisfy({ $0.projection?.order == first.projection?.order }) else { return false }
      let main = first.main
      let isNumbered = zip(main, main.dropFirst()).allSatisfy { NaturalOrder.isNumbered($0.path, $1.path) }
      let follows = zip(main, main.dropFirst()).allSatisfy { NaturalOrder.precedes($0.path, $1.path) }
      guard isNumbered ? follows : isOrdered else { return false }
      isForced = isNumbered
    }
    convolutions = first.main
    projection = first.projection
    return true
  }

  /// All orders of two or three layers, the given one first.
  private static func permutations(_ units: [LayerUnit]) -> [[LayerUnit]] {
    guard units.count > 1 else { return [units] }
    return units.indices.flatMap { index in
      var rest = units
      let first = rest.remove(at: index)
      return permutations(rest).map { [first] + $0 }
    }
  }

  /// True if convolutions in this order are a basic or a bottleneck branch beside such a projection.
  private static func isBranch(_ main: [LayerUnit], _ projection: LayerUnit?) -> Bool {
    guard main.map(\.kernel) == (main.count == 2 ? [3, 3] : [1, 3, 1]) else { return false }
    guard zip(main, main.dropFirst()).allSatisfy({ $0.outputs % $1.inputs == 0 }) else { return false }
    // Only the 3×3 of a bottleneck may have groups.
    guard main.count == 2 ? main[0].outputs == main[1].inputs : main[1].outputs == main[2].inputs else {
      return false
    }
    guard let projection else { return true }
    return projection.inputs == main[0].inputs && projection.outputs == main[main.count - 1].outputs
      && [1, 3].contains(projection.kernel)
  }

  // MARK: Norms

  private mutating func arrangeNorms(_ units: [LayerUnit], depth: Int) -> Bool {
    var rest = units
    if let projection, units.count == convolutions.count + 1 {
      let own = rest.indices.filter { index in
        rest[index].outputs == projection.outputs
          && (Self.isShortcut(rest[index], depth) || Self.isBeside(rest[index], projection, depth))
      }
      let followers = rest.indices.filter { rest[$0].order > projection.order }
      // Where no name tells, the norm is the next one that was made after the projection, at the block's end.
      let place = own.count == 1 ? own[0] : own.isEmpty && followers.count == 1 ? followers[0] : nil
      guard let place, rest[place].outputs == projection.outputs else { return false }
      projectionNorm = rest.remove(at: place)
    }
    guard rest.count == convolutions.count else { return false }
    norms = rest
    canFollow =
      zip(norms, convolutions).allSatisfy { $0.outputs == $1.outputs }
      && (projection == nil) == (projectionNorm == nil)
    canPrecede =
      norms[0].outputs == inputs
      && zip(norms.dropFirst(), convolutions).allSatisfy { $0.outputs == $1.outputs }
      && projectionNorm == nil
    return canFollow || canPrecede
  }

  /// True if a norm stands in a module of the projection's own.
  private static func isBeside(_ norm: LayerUnit, _ projection: LayerUnit, _ depth: Int) -> Bool {
    norm.path.starts(with: projection.path)
      || (projection.path.count > depth + 1 && norm.path.dropLast() == projection.path.dropLast())
  }

  /// False if numbered modules show that something stands between the layers that is not in such a block, or that an activation is
  /// missing.
  private var hasUsualModules: Bool {
    func isUsual(_ from: LayerUnit, _ to: LayerUnit, hidden: Int) -> Bool {
      from.gap(to: to).map { $0 == hidden } ?? true
    }
    let count = convolutions.count
    if canFollow {
      let follows =
        (0..<count).allSatisfy { isUsual(convolutions[$0], norms[$0], hidden: 0) }
        && (0..<count - 1).allSatisfy { isUsual(norms[$0], convolutions[$0 + 1], hidden: 1) }
      if follows { return true }
    }
    guard canPrecede else { return false }
    return (0..<count).allSatisfy { isUsual(norms[$0], convolutions[$0], hidden: 1) }
      && (0..<count - 1).allSatisfy { isUsual(convolutions[$0], norms[$0 + 1], hidden: 0) }
  }
}
