/// An image that is like another one. The nearer of two comes first, and of those that are equally near the one of the smaller index.
public struct Neighbour: Hashable, Sendable, Comparable, RankedBySimilarity {
  /// The row of its embedding.
  public let index: Int
  /// The cosine of the angle between the embeddings, -1 to 1; 0 where one of them is zero.
  public let similarity: Float

  public static func < (left: Neighbour, right: Neighbour) -> Bool {
    left.similarity != right.similarity ? left.similarity > right.similarity : left.index < right.index
  }
}

/// Two images that are alike. The more alike come first, and of pairs that are equally alike those of the smaller indices.
public struct EmbeddingPair: Hashable, Sendable, Comparable, RankedBySimilarity {
  /// The smaller index.
  public let first: Int
  /// The greater index.
  public let second: Int
  /// The cosine of the angle between the embeddings, -1 to 1; 0 where one of them is zero.
  public let similarity: Float

  public static func < (left: EmbeddingPair, right: EmbeddingPair) -> Bool {
    left.similarity != right.similarity
      ? left.similarity > right.similarity : (left.first, left.second) < (right.first, right.second)
  }
}

/// What comes the earlier the more alike it is.
protocol RankedBySimilarity: Comparable {
  var similarity: Float { get }
}

/// The pairs of images that are more alike than a threshold.
public struct EmbeddingPairs: Sendable {
  /// The pairs, the most alike first; as many as were asked for at most.
  public let pairs: [EmbeddingPair]
  /// The number of all such pairs.
  public let total: Int
}
