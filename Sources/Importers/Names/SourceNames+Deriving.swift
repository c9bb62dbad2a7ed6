import ModelDescriptor
package import ResNetGraph
import TensorCore
import WeightFiles

extension SourceNames {
  /// Finds the prefix and the renamings that turn the graph's names into the source's. The result is right for every pair, whatever
  /// the names are.
  ///
  /// - Parameter pairs: names of the graph, each once, and the source's.
  init(deriving pairs: [(ours: String, theirs: String)]) {
    self.init(prefix: Self.commonPrefix(pairs))
    for (ours, theirs) in pairs where foreignName(of: ours) != theirs {
      let (path, other) = Self.withoutCommonEnd(ours, String(theirs.dropFirst(prefix.count)))
      if renamed[path] == nil { renamed[path] = other }
    }
    // A name that a path renames wrongly gets an entry of its own, which is longer and goes first.
    for (ours, theirs) in pairs where foreignName(of: ours) != theirs {
      renamed[ours] = String(theirs.dropFirst(prefix.count))
    }
  }

  /// The prefix that most names have and all could have.
  private static func commonPrefix(_ pairs: [(ours: String, theirs: String)]) -> String {
    var votes: [String: Int] = [:]
    for (ours, theirs) in pairs where theirs.hasSuffix(ours) {
      votes[String(theirs.dropLast(ours.count)), default: 0] += 1
    }
    let ordered = votes.sorted { ($0.value, $1.key) > ($1.value, $0.key) }
    return ordered.first { vote in pairs.allSatisfy { $0.theirs.hasPrefix(vote.key) } }?.key ?? ""
  }

  /// Two paths without the components that they both end with; at least one is left of each.
  private static func withoutCommonEnd(_ ours: String, _ theirs: String) -> (String, String) {
    var left = ours.split(separator: ".", omittingEmptySubsequences: false)
    var right = theirs.split(separator: ".", omittingEmptySubsequences: false)
    while left.count > 1, right.count > 1, left.last == right.last {
      left.removeLast()
      right.removeLast()
    }
    return (left.joined(separator: "."), right.joined(separator: "."))
  }
}

extension ImportSource {
  /// The source's names for its tensors, and its layouts; nil when it has the graph's names and nothing else.
  func sourceNames(_ mapping: NameMap.Result, graph: Graph) -> SourceNames? {
    let pairs = zip(mapping.names, weights.tensors).compactMap { ours, tensor in
      ours.map { (ours: $0, theirs: tensor.name) }
    }
    var names = SourceNames(deriving: pairs)
    names.batchesTracked = batchesTracked(names: names, mapped: mapping.names, graph: graph)
    names.layouts = mapping.layouts
    return names == SourceNames() ? nil : names
  }

  /// The counts beside the batch norms, where each has one.
  private func batchesTracked(names: SourceNames, mapped: [String?], graph: Graph) -> [Int64]? {
    var leftOut: [String: Int] = [:]
    for (index, name) in mapped.enumerated() where name == nil {
      leftOut[weights.tensors[index].name] = index
    }
    var counts: [Int64] = []
    for norm in graph.batchNormalizations {
      guard let index = leftOut[names.foreignName(of: norm + NameMap.batchCounter)] else { return nil }
      counts.append(wholeNumber(index) ?? 0)
    }
    guard let first = counts.first else { return nil }
    return counts.allSatisfy { $0 == first } ? [first] : counts
  }

  /// The only element of a tensor, if it is a whole number.
  private func wholeNumber(_ index: Int) -> Int64? {
    guard weights.tensors[index].shape.elementCount == 1, let tensor = try? weights.read(index) else {
      return nil
    }
    if tensor.isFloatingPoint { return Int64(exactly: tensor.widened().floats[0]) }
    var reader = ByteReader(tensor.bytes)
    return try? reader.read(Int64.self)
  }
}

extension Graph {
  /// The paths of the batch norms, in the order of the nodes.
  package var batchNormalizations: [String] {
    nodes.compactMap { node in
      if case .batchNormalization = node.operation { node.name } else { nil }
    }
  }
}
