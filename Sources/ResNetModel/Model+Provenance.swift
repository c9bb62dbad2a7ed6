import CheckpointFormat

extension Model {
  /// Where the weights of a model come from: what tells them from others without a look at them.
  package enum Provenance: Hashable, Sendable {
    /// A checkpoint in a file of this path.
    ///
    /// The content root is nil unless the weights were hashed when they were loaded: a header may claim that of any other model.
    case checkpoint(contentRoot: String?, path: String)
    /// Random numbers, drawn for the descriptor's architecture with the seed of its origin.
    case drawn
  }

  /// The content root of the weights, in hexadecimal: proved when they were loaded, or else computed of what is in memory. Never
  /// the mere claim of a header.
  ///
  /// - Parameter threads: how many threads hash; 0 means one for each core.
  /// - Complexity: O(number of weights), unless they were hashed when they were loaded.
  package func contentRoot(threads: Int = 0) -> String {
    if case .checkpoint(let root?, _) = provenance { return root }
    return tensors.contentRoot(threads: threads)
  }
}

extension Model.Provenance {
  init(_ stack: CheckpointStack) {
    self = .checkpoint(
      contentRoot: stack.isPinned ? stack.index.contentRootHex : nil, path: stack.layers[0].path)
  }
}
