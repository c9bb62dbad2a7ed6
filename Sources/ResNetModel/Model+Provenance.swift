import CheckpointFormat

extension Model {
  /// Where the weights of a model come from: what tells them from others without a look at them.
  package enum Provenance: Hashable, Sendable {
    /// A checkpoint of this content root, in a file of this path.
    case checkpoint(contentRoot: String, path: String)
    /// Random numbers, drawn for the descriptor's architecture with the seed of its origin.
    case drawn
  }
}

extension Model.Provenance {
  init(_ stack: CheckpointStack) {
    self = .checkpoint(contentRoot: stack.index.contentRootHex, path: stack.layers[0].path)
  }
}
