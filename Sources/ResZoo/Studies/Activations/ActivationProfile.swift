public import ResNetGraph

/// The numbers that pass through a network's layers, over all images.
public struct ActivationProfile: Hashable, Sendable {
  /// A place in the network.
  public struct Layer: Hashable, Sendable {
    /// The kind of the place.
    public enum Kind: String, Hashable, Sendable, Codable {
      /// The response of a convolution, after its norm and before what follows (He et al. 2015, figure 7).
      case response
      /// The output of a ReLU.
      case activation
      /// The output of a linear layer of the head.
      case head
    }

    /// The path of the node, for example `layer1.0.bn1`.
    public let path: String
    /// The kind of the place.
    public let kind: Kind
    /// The shape of its output for one image.
    public let shape: FeatureShape
    /// The statistics of its output.
    public let statistics: NodeStatistics
  }

  /// The two ways through a block.
  public struct Block: Hashable, Sendable {
    /// The block's path, for example `layer1.0`.
    public let path: String
    /// The output of the learned branch, before it is added to the shortcut; in a plain network, before the last activation.
    public let branch: NodeStatistics
    /// The output of the shortcut; nil in a plain network.
    public let shortcut: NodeStatistics?
    /// The output of the block.
    public let output: NodeStatistics

    /// The root mean square of the branch over that of the shortcut: the size of the learned deviation. Nil without a shortcut, or where
    /// that is 0.
    public var ratio: Double? {
      guard let branch = branch.rootMeanSquare, let shortcut = shortcut?.rootMeanSquare, shortcut > 0 else {
        return nil
      }
      return branch / shortcut
    }
  }

  /// The name of the network.
  public let name: String
  /// The images that were measured.
  public let images: Int
  /// The places from the first layer to the last one, without those of shortcuts and attention.
  public let layers: [Layer]
  /// The blocks in the order in which they run.
  public let blocks: [Block]
  /// True if the weights are random.
  public let isUntrained: Bool

  /// The responses of the convolutions.
  public var responses: [Layer] { layers.filter { $0.kind == .response } }
  /// The outputs of the ReLUs.
  public var activations: [Layer] { layers.filter { $0.kind == .activation } }
  /// The blocks' ratios of branch to shortcut, without those that have none or no finite one.
  public var ratios: [(path: String, ratio: Double)] {
    blocks.compactMap { block in
      block.ratio.flatMap { $0.isFinite ? (block.path, $0) : nil }
    }
  }
}
