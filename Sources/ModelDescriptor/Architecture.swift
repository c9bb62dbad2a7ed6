/// One residual network, whatever its variant: the stem, the stages of blocks, and the head.
///
/// Field names and their values are those of the JSON form. Widths are counted as torchvision counts `planes`:
/// a stage of width 64 with bottleneck blocks of expansion 4 puts out 256 channels.
public struct Architecture: Hashable, Sendable {
  /// The preset this is, if it is one; it has no influence on the network.
  public var name: String?
  /// The size of the pictures that it was made for.
  public var input: Input
  /// What comes before the first stage.
  public var stem: Stem
  /// The stages in order; at least one.
  public var stages: [Stage]
  /// The kind of all blocks.
  public var block: Block
  /// Output channels of a block over the stage's width; 1 for basic blocks, 4 for torchvision's bottlenecks.
  public var expansion: Int
  /// Groups of a bottleneck's 3×3 convolution (ResNeXt).
  public var groups: Int
  /// Channels of each group at width 64; torchvision's `width_per_group` (128 makes the wide nets).
  public var widthPerGroup: Int
  /// The convolution of a bottleneck that carries its stride.
  public var bottleneckStride: BottleneckStride
  /// What is added to the output of each block's convolutions.
  public var shortcut: Shortcut
  /// Channel attention in each block; nil for none.
  public var attention: Attention?
  /// The constants of all batch norms.
  public var normalization: Normalization
  /// Probability of dropping an input of the head's linear layer in training.
  public var dropout: Double
  /// Probability of skipping the last block in training, growing linearly from 0 at the first.
  public var stochasticDepth: Double
  /// What follows global average pooling.
  public var head: Head
  /// Number of logits.
  public var classes: Int

  /// An architecture from its fields; ``validate()`` checks them.
  public init(
    name: String? = nil, input: Input = Input(), stem: Stem = .conv7x7, stages: [Stage], block: Block,
    expansion: Int? = nil, groups: Int = 1, widthPerGroup: Int = 64,
    bottleneckStride: BottleneckStride = .conv2, shortcut: Shortcut = .projection,
    attention: Attention? = nil, normalization: Normalization = Normalization(), dropout: Double = 0,
    stochasticDepth: Double = 0, head: Head = .linear, classes: Int = 1000
  ) {
    self.name = name
    self.input = input
    self.stem = stem
    self.stages = stages
    self.block = block
    self.expansion = expansion ?? block.defaultExpansion
    self.groups = groups
    self.widthPerGroup = widthPerGroup
    self.bottleneckStride = bottleneckStride
    self.shortcut = shortcut
    self.attention = attention
    self.normalization = normalization
    self.dropout = dropout
    self.stochasticDepth = stochasticDepth
    self.head = head
    self.classes = classes
  }
}

extension Architecture {
  /// What the network was made for; it runs other heights and widths too, where its strides allow.
  public struct Input: Hashable, Sendable {
    /// Channels of a picture: 3 for colour, 1 for grey.
    public var channels: Int
    /// In pixels.
    public var height: Int
    /// In pixels.
    public var width: Int

    /// A size; ImageNet's by default.
    public init(channels: Int = 3, height: Int = 224, width: Int = 224) {
      self.channels = channels
      self.height = height
      self.width = width
    }
  }

  /// What comes before the first stage.
  public struct Stem: Hashable, Sendable {
    /// The form of the convolutions.
    public enum Kind: String, Hashable, Sendable, CaseIterable {
      /// One 7×7 convolution of stride 2 (He et al. 2015).
      case conv7x7
      /// One 3×3 convolution of stride 1, for small pictures.
      case conv3x3
      /// Three 3×3 convolutions, the first of stride 2 (He et al. 2018, ResNet-C).
      case deep
    }

    /// The form of the convolutions.
    public var kind: Kind
    /// Output channels of each convolution: three of them for a deep stem, else one.
    public var widths: [Int]
    /// Whether a 3×3 max-pool of stride 2 follows.
    public var pool: Bool

    /// A stem from its fields.
    public init(kind: Kind, widths: [Int], pool: Bool) {
      self.kind = kind
      self.widths = widths
      self.pool = pool
    }

    /// ImageNet's: 64 channels, 7×7, pooled.
    public static let conv7x7 = Stem(kind: .conv7x7, widths: [64], pool: true)

    /// For small pictures: 3×3, not pooled.
    public static func conv3x3(width: Int) -> Stem {
      Stem(kind: .conv3x3, widths: [width], pool: false)
    }
  }

  /// Blocks that work at one resolution.
  public struct Stage: Hashable, Sendable {
    /// Number of blocks.
    public var blocks: Int
    /// Channels inside a block, torchvision's `planes`; the output has ``Architecture/expansion`` times as many.
    public var width: Int
    /// Stride of the first block.
    public var stride: Int
    /// Dilation of every block but the first, which keeps that of the stage before (torchvision's
    /// `replace_stride_with_dilation`).
    public var dilation: Int

    /// A stage from its fields.
    public init(blocks: Int, width: Int, stride: Int, dilation: Int = 1) {
      self.blocks = blocks
      self.width = width
      self.stride = stride
      self.dilation = dilation
    }
  }

  /// The form of a block.
  public enum Block: String, Hashable, Sendable, CaseIterable {
    /// 3×3, 3×3 (He et al. 2015).
    case basic
    /// 1×1, 3×3, 1×1 (He et al. 2015).
    case bottleneck
    /// Basic with normalisation and ReLU before each convolution (He et al. 2016).
    case preactivationBasic = "preactivation_basic"
    /// Bottleneck with normalisation and ReLU before each convolution (He et al. 2016).
    case preactivationBottleneck = "preactivation_bottleneck"

    public var isBottleneck: Bool { self == .bottleneck || self == .preactivationBottleneck }
    public var isPreactivation: Bool { self == .preactivationBasic || self == .preactivationBottleneck }
    /// The expansion where none is given.
    public var defaultExpansion: Int { isBottleneck ? 4 : 1 }
  }

  /// Tensors and shapes are the same either way, so a descriptor must say which it is.
  public enum BottleneckStride: String, Hashable, Sendable, CaseIterable {
    /// The first 1×1, as in the paper (v1).
    case conv1
    /// The 3×3, as torchvision does (v1.5).
    case conv2
  }

  /// The form of the shortcut around a block.
  public enum Shortcut: String, Hashable, Sendable, CaseIterable {
    /// Option B: a strided 1×1 projection where the shape changes.
    case projection
    /// Option A: subsampling, and zero channels on both sides where the shape changes.
    case zeroPad = "zero_pad"
    /// Option C: a projection in every block.
    case projectionAlways = "projection_always"
    /// ResNet-D: average pooling, then an unstrided projection, where the shape changes.
    case averagePoolProjection = "average_pool_projection"
    /// No shortcut at all: the plain network.
    case none
  }

  /// Channel attention at the end of each block, before the addition.
  public enum Attention: Hashable, Sendable {
    /// Squeeze-and-excitation with the inner channels of each stage, and whether its layers have biases.
    case squeezeExcitation(innerChannels: [Int], bias: Bool)
    /// ECA with the kernel size of each stage.
    case efficient(kernels: [Int])
  }

  /// The constants of a batch norm.
  public struct Normalization: Hashable, Sendable {
    /// Added to the variance before its root is taken.
    public var epsilon: Double
    /// Weight of a new batch in the running statistics, in training.
    public var momentum: Double

    /// Constants; PyTorch's by default.
    public init(epsilon: Double = 1e-5, momentum: Double = 0.1) {
      self.epsilon = epsilon
      self.momentum = momentum
    }
  }

  /// What follows global average pooling.
  public enum Head: Hashable, Sendable {
    /// One linear layer.
    case linear
    /// Linear layers with ReLU between them; `widths` are those of the hidden layers, `dropout` the probability
    /// before each linear layer in training.
    case multilayer(widths: [Int], dropout: [Double])
  }
}
