import Messages
import TensorCore

/// The removal of components that training wrappers put into names, wherever they stand.
enum WrapperNames {
  /// Components that wrappers add: `DataParallel` and averaged models, `torch.compile`, fully sharded data parallelism,
  /// activation checkpoints, and engines that keep the model in an attribute.
  private static let components: Set<Substring> = [
    "module", "_orig_mod", "_fsdp_wrapped_module", "_checkpoint_wrapped_module", "_fpw_module",
    "_forward_module",
  ]

  /// Names without wrappers' components, in their order; as they are if two of them would be equal without.
  ///
  /// - Parameter notes: gets a sentence for each component that was dropped.
  /// - Complexity: O(size of the names).
  static func removed(from names: [String], notes: inout [Remark]) -> [String] {
    var counts: [Substring: Int] = [:]
    let shortened = names.map { name in
      var parts = name.split(separator: ".", omittingEmptySubsequences: false)
      guard parts.dropLast().contains(where: components.contains) else { return name }
      for part in Set(parts.dropLast()).intersection(components) { counts[part, default: 0] += 1 }
      let last = parts.removeLast()
      return (parts.filter { !components.contains($0) } + [last]).joined(separator: ".")
    }
    guard !counts.isEmpty, Set(shortened).count == Set(names).count else { return names }
    for (part, count) in counts.sorted(by: { $0.key < $1.key }) {
      notes.append(
        count == names.count
          ? "names: '\(String(part)).' was dropped from each"
          : "names: '\(String(part)).' was dropped from \(count)")
    }
    return shortened
  }
}
