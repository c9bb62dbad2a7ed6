extension Architecture {
  /// Channel attention at the end of each block, before the addition.
  public enum Attention: Hashable, Sendable {
    /// Squeeze-and-excitation with the inner channels of each stage, whether its layers have biases, and how their
    /// weights are stored.
    case squeezeExcitation(innerChannels: [Int], bias: Bool, layers: SqueezeLayers = .convolution)
    /// ECA with the kernel size of each stage.
    case efficient(kernels: [Int])
  }

  /// The storage form of the two layers of squeeze-and-excitation; all forms compute the same.
  public enum SqueezeLayers: String, Hashable, Sendable, CaseIterable {
    /// As 1×1 convolutions, with weights of [outputs, inputs, 1, 1] (timm).
    case convolution
    /// As linear layers, with weights of [outputs, inputs].
    case linear
  }

  /// The form of a normalisation and its constants.
  public struct Normalization: Hashable, Sendable {
    /// The values that the statistics are taken over.
    public enum Kind: Hashable, Sendable {
      /// One channel of all images in training, kept as running statistics (Ioffe and Szegedy 2015).
      case batch
      /// One image and so many groups of channels (Wu and He 2018).
      case group(groups: Int)
      /// One channel of one image (Ulyanov et al. 2016); with a factor and a summand for each channel if affine.
      case instance(affine: Bool)
    }

    /// The values that the statistics are taken over.
    public var kind: Kind
    /// Added to the variance before its root is taken.
    public var epsilon: Double
    /// Weight of a new batch in the running statistics, in training.
    public var momentum: Double

    /// PyTorch's batch norm by default.
    public init(kind: Kind = .batch, epsilon: Double = 1e-5, momentum: Double = 0.1) {
      self.kind = kind
      self.epsilon = epsilon
      self.momentum = momentum
    }
  }

  /// The block of a stage that strides.
  public enum StridePosition: String, Hashable, Sendable, CaseIterable {
    /// The first one.
    case first
    /// The last one, whose shortcut is subsampled where its channels do not change (Keras' v2 nets).
    case last
  }

  /// The filter of feature maps before they are subsampled. The stride then moves from the convolution to the filter, which
  /// stands after the ReLU that follows it, and from the stem's pool to a filter behind it.
  public enum Antialias: String, Hashable, Sendable, CaseIterable {
    /// Nothing.
    case none
    /// [1, 2, 1] in both directions, the edges reflected (Zhang 2019); also, unstrided, where a dilation begins.
    case blur
    /// The mean of as many pixels as the stride skips.
    case averagePool = "average_pool"
  }

  /// The convolutions that have a bias.
  public enum ConvolutionBias: String, Hashable, Sendable, CaseIterable {
    /// None.
    case none
    /// All (Keras' v1 nets).
    case all
    /// The convolutions that no normalisation follows (Keras' v2 nets).
    case unnormalized
  }

  /// The pooling that makes one vector of the last feature map.
  public enum GlobalPool: String, Hashable, Sendable, CaseIterable {
    /// The mean of each channel.
    case average = "avg"
    /// The maximum of each channel.
    case max
    /// The mean of both.
    case averageMax = "avgmax"
    /// The means, then the maxima: twice as many numbers.
    case concatenated = "catavgmax"
  }

  /// The layers after the global pooling.
  public enum Head: Hashable, Sendable {
    /// One linear layer.
    case linear
    /// Linear layers with ReLU between them; `widths` are those of the hidden layers, `dropout` the probability
    /// before each linear layer in training.
    case multilayer(widths: [Int], dropout: [Double])
    /// No layer: the network puts the pooled features out.
    case none
  }

  /// The question that the logits answer.
  public enum Answer: String, Hashable, Sendable, CaseIterable {
    /// One of the classes: their probabilities are the logits' softmax.
    case one
    /// Any number of the classes: each has a probability of its own, the sigmoid of its logit.
    case several
    /// Yes or no: the probability of yes is the sigmoid of the only logit.
    case binary
  }
}
