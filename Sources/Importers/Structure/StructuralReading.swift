import Messages
import ModelDescriptor
import TensorCore

/// Names a network's tensors by its structure, whatever the source calls them: the tree of modules, the order of layers, and
/// shapes.
struct StructuralReading {
  private let tensors: [(name: String, shape: Shape)]
  private let units: NetworkUnits
  private let isOrdered: Bool

  /// Nil if the tensors are not those of one residual network.
  ///
  /// - Parameter tensors: names without wrappers, in the source's order.
  init?(_ tensors: [(name: String, shape: Shape)]) {
    self.tensors = tensors
    let names = tensors.lazy.map(\.name).filter { NameMap.reasonToSkip($0) == nil }
    // Files that sort names say nothing of the order in which layers were made.
    isOrdered = !zip(names, names.dropFirst()).allSatisfy { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    guard let units = NetworkUnits(LayerUnit.all(tensors), isOrdered: isOrdered) else { return nil }
    self.units = units
  }

  /// The possible mappings of the names: with the norms after the convolutions, and before them.
  var mappings: [NameMap.Result] {
    [false, true].compactMap { isPreactivation in mapping(isPreactivation: isPreactivation) }
  }

  private func mapping(isPreactivation: Bool) -> NameMap.Result? {
    guard units.blocks.allSatisfy({ isPreactivation ? $0.canPrecede : $0.canFollow }) else { return nil }
    var names: [Int: String] = [:]
    func name(_ unit: LayerUnit, _ path: String) {
      for (leaf, place) in unit.tensors { names[place] = "\(path).\(leaf)" }
    }
    guard let ends = ends(isPreactivation: isPreactivation) else { return nil }
    for (unit, path) in ends { name(unit, path) }
    for (stage, blocks) in units.stages.enumerated() {
      for (index, block) in blocks.enumerated() {
        let path = "layer\(stage + 1).\(index)"
        for (place, unit) in block.convolutions.enumerated() { name(unit, "\(path).conv\(place + 1)") }
        for (place, unit) in block.norms.enumerated() { name(unit, "\(path).bn\(place + 1)") }
        // A projection at 1 stands behind a module without tensors, as a pool is.
        let first = block.projection?.path.last == "1" && block.projectionNorm?.path.last == "2" ? 1 : 0
        if let projection = block.projection { name(projection, "\(path).downsample.\(first)") }
        if let norm = block.projectionNorm { name(norm, "\(path).downsample.\(first + 1)") }
        for (place, unit) in block.attention.enumerated() {
          name(unit, block.attention.count == 1 ? "\(path).se.conv" : "\(path).se.fc\(place + 1)")
        }
      }
    }
    var result = NameMap.Result(
      names: tensors.indices.map { names[$0] }, shapes: tensors.map(\.shape), convention: NameMap.graphs,
      isKnown: tensors.indices.map { names[$0] != nil || NameMap.reasonToSkip(tensors[$0].name) != nil })
    result.isStructural = true
    result.mayLackBlocks = units.beginsLate
    result.stemHasPool = stemHasPool
    result.nameAssumptions.append(assumption)
    say(in: &result)
    return result
  }

  /// The layers of the stem, and the norm behind the last block, with the graph's paths.
  private func ends(isPreactivation: Bool) -> [(LayerUnit, String)]? {
    let stem = units.stem
    var norms = units.norms
    var paths: [(LayerUnit, String)] = []
    if isPreactivation {
      guard let last = norms.last, last.outputs == units.blocks.last?.outputs else { return nil }
      paths.append((last, "norm"))
      norms.removeLast()
    }
    let count = stem.count - (isPreactivation ? 1 : 0)
    guard norms.count == count, zip(norms, stem).allSatisfy({ $0.outputs == $1.outputs }) else { return nil }
    for (index, unit) in stem.enumerated() {
      paths.append((unit, stem.count == 1 ? "conv1" : "conv1.\(3 * index)"))
    }
    for (index, unit) in norms.enumerated() {
      paths.append((unit, index == stem.count - 1 ? "bn1" : "conv1.\(3 * index + 1)"))
    }
    return paths
  }

  /// True or false where numbered modules between the stem and the first block show a pool behind the activation, or none.
  private var stemHasPool: Bool? {
    guard let norm = units.norms.first, let block = units.blocks.first, units.stem.count == 1 else {
      return nil
    }
    let module = norm.path.dropLast()
    guard block.path.starts(with: module), block.path.count > module.count,
      let from = norm.path.last?.moduleNumber, let to = block.path[module.count].moduleNumber
    else { return nil }
    return to - from - 1 > 1
  }

  // MARK: What is said

  private var assumption: Assumption {
    let isForced = units.blocks.allSatisfy(\.isForced)
    return Assumption(
      "the layers are those of a residual network, connected as usual",
      evidence: isForced
        ? "their shapes and the numbers in their names, which are of no known convention"
        : "their shapes and the order in which the file holds them; their names are of no known convention")
  }

  private func say(in result: inout NameMap.Result) {
    let count = result.names.count { $0 != nil }
    // One of the blocks' names shows best how all of them changed.
    guard let place = units.blocks.last?.convolutions.first?.tensors["weight"], let own = result.names[place]
    else {
      return
    }
    result.notes.append(
      "names: by structure: '\(tensors[place].name.printable)' became '\(own)', and so on, in \(count)")
  }
}
