import Messages

/// Names whose components are joined by underscores in place of dots: `layer1_0_conv1_weight`.
enum JoinedNames {
  private static let leaves = ["num_batches_tracked", "running_mean", "running_var", "weight", "bias"]
  /// Fewest such names for a network.
  private static let leastCount = 10

  /// Names with dots, in their order; as they are unless all are joined so, and stay different.
  ///
  /// - Parameter notes: gets a sentence about the change.
  /// - Complexity: O(size of the names).
  static func separated(_ names: [String], notes: inout [Remark]) -> [String] {
    guard names.count >= leastCount, !names.contains(where: { $0.contains(".") || $0.contains("/") }) else {
      return names
    }
    var count = 0
    let separated = names.map { name -> String in
      guard let leaf = leaves.first(where: { name.hasSuffix("_" + $0) }) else { return name }
      count += 1
      let path = name.dropLast(leaf.count + 1).split(separator: "_", omittingEmptySubsequences: false)
      return path.joined(separator: ".") + "." + leaf
    }
    guard count >= leastCount, Set(separated).count == Set(names).count else { return names }
    notes.append("names: '_' between components became '.' in \(count)")
    return separated
  }
}
