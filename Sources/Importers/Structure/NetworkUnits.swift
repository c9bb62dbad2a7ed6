/// The layers of a network of unknown names: those of the stem, the blocks in their stages, and the norm behind them.
struct NetworkUnits {
  private(set) var stem: [LayerUnit] = []
  private(set) var norms: [LayerUnit] = []
  private(set) var stages: [[BlockUnits]] = []
  /// True if the number of the first block of some stage leaves room for one before it, which is missing or has no tensors.
  private(set) var beginsLate = false

  /// Most layers that are looked at.
  private static let limit = 20_000
  /// Most components of a name.
  private static let depthLimit = 32

  private enum Item {
    case unit(LayerUnit)
    case block(BlockUnits)
  }

  /// Nil if the layers are not those of exactly one residual network, with anything beside it that is no convolution.
  ///
  /// - Parameter isOrdered: true if the layers stand in the order in which the program made them.
  init?(_ units: [LayerUnit], isOrdered: Bool) {
    guard units.count <= Self.limit else { return nil }
    let items = Self.items(units, depth: 0, isOrdered: isOrdered)
    var blocks: [BlockUnits] = []
    for item in items {
      switch item {
      case .block(let block): blocks.append(block)
      case .unit(let unit) where unit.isConvolution:
        guard !isOrdered || blocks.isEmpty else { return nil }
        stem.append(unit)
      case .unit(let unit):
        if unit.isNorm { norms.append(unit) }
      }
    }
    guard let first = blocks.first, [1, 3].contains(stem.count), isChain(stem, to: first.inputs) else {
      return nil
    }
    // Each block reads what the one before puts out.
    guard zip(blocks, blocks.dropFirst()).allSatisfy({ $0.outputs == $1.inputs }) else { return nil }
    for block in blocks {
      let last = stages.last?.last
      let isNew = last.map { $0.outputs != block.outputs || Self.isOtherStage($0.path, block.path) } ?? true
      if isNew { stages.append([block]) } else { stages[stages.count - 1].append(block) }
    }
    guard isOrdered || Self.areNumbered(stages), !lacksBlocks else { return nil }
    beginsLate = beginsLate(units)
  }

  /// True if the numbers of blocks, or of the modules that hold them, show that one is missing.
  private var lacksBlocks: Bool {
    let paths = blocks.map(\.path)
    for (path, next) in zip(paths, paths.dropFirst()) {
      // Of blocks in one module the last number counts, else that of their modules.
      let isSameModule = path.dropLast() == next.dropLast()
      let common = isSameModule ? path.count : zip(path, next).prefix { $0 == $1 }.count + 1
      guard path.count >= common, next.count >= common else { continue }
      if let step = NaturalOrder.step(from: Array(path.prefix(common)), to: Array(next.prefix(common))),
        step != 1
      {
        return true
      }
    }
    return false
  }

  private func beginsLate(_ units: [LayerUnit]) -> Bool {
    var starts: Set<Int> = []
    for (index, stage) in stages.enumerated() {
      guard let block = stage.first, let name = block.numberedName else { continue }
      let module = block.path.dropLast(block.isAlone ? 0 : 1)
      // Numbers go on from those of a stem, or of the stage before, in the same module.
      let isContinued = units.contains { unit in
        unit.path.count > module.count && unit.path.starts(with: module)
          && NaturalOrder.precedes(unit.path[module.count], name)
      }
      guard !isContinued, let number = Self.number(in: name), index == 0 || stage.count > 1 || block.isAlone
      else {
        continue
      }
      if Int(name) != nil ? number > 0 : number > 1 { return true }
      starts.insert(number)
    }
    return starts.count > 1
  }

  /// The last number in a name.
  private static func number(in name: Substring) -> Int? {
    for case .number(let number) in NaturalOrder.key(name).reversed() { return number }
    return nil
  }

  var blocks: [BlockUnits] { stages.flatMap { $0 } }

  private func isChain(_ stem: [LayerUnit], to channels: Int) -> Bool {
    stem.last?.outputs == channels && zip(stem, stem.dropFirst()).allSatisfy { $0.outputs == $1.inputs }
  }

  /// True if blocks stand in different modules, neither of which lies in the other.
  private static func isOtherStage(_ a: [Substring], _ b: [Substring]) -> Bool {
    let (a, b) = (a.dropLast(), b.dropLast())
    return a != b && !a.starts(with: b) && !b.starts(with: a)
  }

  /// True if the order of blocks shows in numbers.
  private static func areNumbered(_ stages: [[BlockUnits]]) -> Bool {
    stages.allSatisfy { stage in
      zip(stage, stage.dropFirst()).allSatisfy { NaturalOrder.isNumbered($0.path, $1.path) }
    }
  }

  /// Splits layers into blocks and others, module by module.
  private static func items(_ units: [LayerUnit], depth: Int, isOrdered: Bool) -> [Item] {
    guard depth < depthLimit, units.contains(where: \.isConvolution), units.count > 1 else {
      return units.map { .unit($0) }
    }
    if let first = units.first, first.path.count >= depth,
      let block = BlockUnits(units, at: Array(first.path.prefix(depth)), isOrdered: isOrdered)
    {
      return [.block(block)]
    }
    var groups: [Substring: [LayerUnit]] = [:]
    var order: [(name: Substring, isUnit: Bool)] = []
    for unit in units {
      let name = unit.path.count > depth ? unit.path[depth] : ""
      if groups[name] == nil { order.append((name, unit.path.count <= depth)) }
      groups[name, default: []].append(unit)
    }
    if !isOrdered { order.sort { NaturalOrder.precedes($0.name, $1.name) } }
    return order.flatMap { name, isUnit in
      let units = groups[name] ?? []
      return isUnit ? units.map { .unit($0) } : items(units, depth: depth + 1, isOrdered: isOrdered)
    }
  }
}
