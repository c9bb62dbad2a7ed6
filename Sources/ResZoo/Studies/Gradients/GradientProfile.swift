/// The norm of the loss's gradient at the first convolution of each block of a network.
public struct GradientProfile: Hashable, Sendable {
  /// Where a network's weights come from.
  public enum Weights: String, Hashable, Sendable, Codable {
    /// Drawn from a seed.
    case initial
    /// The weights of a checkpoint.
    case trained
    /// The weights of a checkpoint that was not trained, or not in all parts.
    case untrained
  }

  /// One pass forward and backward.
  public struct Run: Hashable, Sendable {
    /// The seed of the weights; nil for those of a checkpoint.
    public let seed: UInt64?
    /// The loss.
    public let loss: Double
    /// For each block, the L2 norm of the gradient of its first convolution's weights.
    public let norms: [Double]
  }

  /// The name of the network.
  public let name: String
  /// True for a residual network, false for a plain one.
  public let hasShortcuts: Bool
  /// Where the weights come from.
  public let weights: Weights
  /// The paths of the blocks in the order in which they run, for example `layer1.0`.
  public let blocks: [String]
  /// A run for each seed, or the one of a checkpoint.
  public let runs: [Run]

  /// The mean of each block's norm over the runs.
  public var means: [Double] {
    blocks.indices.map { block in
      runs.reduce(0) { $0 + $1.norms[block] } / Double(max(1, runs.count))
    }
  }

  /// The smallest of each block's norms.
  public var minima: [Double] { blocks.indices.map { block in runs.map { $0.norms[block] }.min() ?? .nan } }
  /// The largest of each block's norms.
  public var maxima: [Double] { blocks.indices.map { block in runs.map { $0.norms[block] }.max() ?? .nan } }

  /// For each run, the norm at the first block over that at the last one. A run is left out where either is 0 or not finite; a network
  /// of one block has none.
  public var ratios: [Double] {
    guard blocks.count > 1 else { return [] }
    return runs.compactMap { run in
      guard let first = run.norms.first, let last = run.norms.last, first > 0, last > 0 else { return nil }
      let ratio = first / last
      return ratio.isFinite && ratio > 0 ? ratio : nil
    }
  }

  /// The runs in which the gradient of some block is 0 or not finite.
  public var brokenRuns: Int { runs.count { run in run.norms.contains { !($0.isFinite && $0 > 0) } } }
}
