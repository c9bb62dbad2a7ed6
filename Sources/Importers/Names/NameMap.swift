import Messages
import ModelDescriptor
import TensorCore

/// The mapping of other programs' tensor names to the graph's. The names themselves are in ``conventions``; foreign names
/// occur nowhere else.
package enum NameMap {
  /// The ending of the counter that PyTorch keeps beside each batch norm.
  package static let batchCounter = ".num_batches_tracked"
  /// The ending of the fixed filters that timm once stored beside the weights.
  static let blurFilter = ".filt"

  /// The reason for leaving a tensor out, whatever network it belongs to; nil when it stays.
  static func reasonToSkip(_ name: String) -> String? {
    if name.hasSuffix(batchCounter) { return "a count of training batches, which the network does not need" }
    if name.hasSuffix(blurFilter) { return "the fixed filter of anti-aliasing, which the network knows" }
    return nil
  }

  struct Result {
    /// For each name of the source, in its order, the graph's name; nil when the tensor is left out.
    var names: [String?]
    /// For each tensor the shape that it has in the graph's layout.
    var shapes: [Shape]
    /// The source's layout of a tensor, by the graph's names, where it differs from the graph's.
    var layouts: [String: TensorLayout] = [:]
    var notes: [Remark] = []
    /// Sentences about a head that is not the source's.
    var heads: [Remark] = []
    /// Sentences about what is left out.
    var leftOut: [Remark] = []
    /// Assumptions about the architecture, if nobody names it.
    var assumptions: [Assumption] = []
    /// Assumptions about which tensor is which.
    var nameAssumptions: [Assumption] = []
    /// The convention of the names.
    var convention: NameConvention
    /// True if filters of anti-aliasing were among the tensors.
    var hasBlurFilters = false
    /// For each tensor, true if the convention has a rule for its name, or no network needs it.
    var isKnown: [Bool]
    /// The reasons why tensors are left out, by their places in the source.
    var reasons: [Int: String] = [:]
    /// True if the names were told by structure, not by a convention.
    var isStructural = false
    /// True if the names leave room for a block that is missing.
    var mayLackBlocks = false
    /// True or false if something beside tensors shows that a pool follows the stem, or that none does.
    var stemHasPool: Bool?
  }

  /// Maps names by the convention that explains most of them; a name that it does not know stays as it is.
  ///
  /// - Parameters:
  ///   - tensors: names without wrappers, and their shapes.
  ///   - architecture: the network, if somebody named it.
  /// - Complexity: O(names · rules).
  static func map(_ tensors: [(name: String, shape: Shape)], architecture: Architecture? = nil) -> Result {
    let names = tensors.map(\.name)
    let facts = NameFacts(
      shapes: Dictionary(zip(names, tensors).map { ($0, $1.shape) }) { first, _ in first },
      architecture: architecture)
    let convention = bestConvention(names, facts)
    var result = Result(names: [], shapes: tensors.map(\.shape), convention: convention, isKnown: [])
    var uses: [(rule: NameRule, first: String, count: Int)] = []
    for name in names {
      let mapped = reasonToSkip(name) == nil ? convention.own(for: name) : nil
      result.isKnown.append(mapped != nil || reasonToSkip(name) != nil)
      result.names.append(reasonToSkip(name) == nil ? mapped?.name ?? name : nil)
      guard let rule = mapped?.rule, rule.foreign != rule.own else { continue }
      if let index = uses.firstIndex(where: { $0.rule.foreign == rule.foreign }) {
        uses[index].count += 1
      } else {
        uses.append((rule, name, 1))
      }
    }
    result.noteRenaming(uses)
    result.renumberHead()
    result.arrange()
    result.noteLeftOut(names)
    if let assumption = convention.assumption { result.assumptions.append(assumption) }
    return result
  }

  /// The convention that has a rule for most names; of equals the first in the table.
  private static func bestConvention(_ names: [String], _ facts: NameFacts) -> NameConvention {
    let names = names.filter { reasonToSkip($0) == nil }
    var best = (convention: graphs, count: -1)
    for convention in conventions where convention.suits(facts) {
      let count = names.count { convention.own(for: $0) != nil }
      if count > best.count { best = (convention, count) }
      if count == names.count { break }
    }
    return best.convention
  }
}

extension NameMap.Result {
  /// - Parameter uses: the rules that changed names, with the first name and the number of those that each changed.
  fileprivate mutating func noteRenaming(_ uses: [(rule: NameRule, first: String, count: Int)]) {
    let changes = uses.compactMap { rule, first, count in
      rule.change(in: first).map { (change: $0, count: count) }
    }
    guard let owner = convention.owner else {
      notes += changes.map { change, count in
        "names: \(Self.words(change, isOneOfMany: change.isOneOfMany, count: count))"
      }
      return
    }
    // One of the blocks' names shows best how all of them changed.
    guard let (example, _) = changes.first(where: \.change.isOneOfMany) ?? changes.first else { return }
    let count = changes.reduce(0) { $0 + $1.count }
    notes.append(
      "names: those of \(owner): \(Self.words(example, isOneOfMany: count > 1, count: count))")
  }

  private static func words(_ change: NameRule.Change, isOneOfMany: Bool, count: Int) -> String {
    "'\(change.foreign)' became '\(change.own)'\(isOneOfMany ? ", and so on," : "") in \(count)"
  }

  fileprivate mutating func noteLeftOut(_ source: [String]) {
    for ending in [NameMap.batchCounter, NameMap.blurFilter] {
      let count = zip(names, source).count { $0 == nil && $1.hasSuffix(ending) }
      guard count > 0 else { continue }
      leftOut.append("left out: \(count) named *\(ending)")
      if ending == NameMap.blurFilter { hasBlurFilters = true }
    }
  }

  /// A head of several layers has the positions of Sequential(Dropout, Linear, ReLU, Dropout, Linear, …) in the graph, and
  /// whatever its author left between the layers in the source; one of a single layer has none.
  fileprivate mutating func renumberHead() {
    let head = NameRule("fc.#")
    let positions = Set(
      names.compactMap { name -> Int? in
        guard let name, head.own(for: name) != nil else { return nil }
        return Int(name.split(separator: ".")[1])
      }
    ).sorted()
    guard let last = positions.last, positions.count <= 16 else { return }
    let places = positions.count == 1 ? ["fc"] : positions.indices.map { "fc.\(3 * $0 + 1)" }
    let moves = zip(positions, places).map { NameRule("fc.\($0)", $1) }.filter { $0.foreign != $0.own }
    guard !moves.isEmpty else { return }
    names = names.map { name in
      guard let name else { return nil }
      for move in moves {
        if let moved = move.own(for: name) { return moved }
      }
      return name
    }
    notes.append(
      positions.count == 1
        ? "names: 'fc.\(last).' became 'fc.'"
        : "names: the head's layers at \(positions.map(String.init).joined(separator: ", ")) of 'fc' are counted as the "
          + "linear ones of Dropout, Linear, ReLU, Dropout, Linear")
  }

  /// Finds the tensors that the source stores in another way.
  fileprivate mutating func arrange() {
    for (index, name) in names.enumerated() {
      guard let name, name.hasSuffix(".weight") else { continue }
      let extents = shapes[index].dimensions
      if convention.layout == .outputsLast, name == "fc.weight", extents.count == 4, extents[..<2] == [1, 1] {
        layouts[name] = .pointwiseOutputsLast
      } else if let layout = convention.layout, extents.count == 4 || extents.count == 2 {
        layouts[name] = layout
      } else if name.hasPrefix("fc."), extents.count == 4, extents[2...] == [1, 1] {
        layouts[name] = .pointwise
      } else {
        continue
      }
      shapes[index] = layouts[name]?.ownShape(of: shapes[index]) ?? shapes[index]
    }
    if let layout = convention.layout {
      let count = layouts.values.count { $0 == layout || $0 == .pointwiseOutputsLast }
      if count > 0 { notes.append("layout: \(count) had their outputs last, and were transposed") }
    }
  }
}
