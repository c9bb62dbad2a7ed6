extension Architecture {
  /// The input that the network was made for; it runs other heights and widths too, where its strides allow.
  public struct Input: Hashable, Sendable {
    /// Channels of an image: 3 for colour, 1 for grey.
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

  /// The layers before the first stage.
  public struct Stem: Hashable, Sendable {
    /// The form of the convolutions.
    public enum Kind: String, Hashable, Sendable, CaseIterable {
      /// One 7×7 convolution of stride 2 (He et al. 2015).
      case conv7x7
      /// One 3×3 convolution of stride 1, for small images.
      case conv3x3
      /// Three 3×3 convolutions, the first of stride 2 (He et al. 2018, ResNet-C).
      case deep
    }

    /// The form of the convolutions.
    public var kind: Kind
    /// Output channels of each convolution: three of them for a deep stem, else one.
    public var widths: [Int]
    /// True if a pool of stride 2 follows.
    public var pool: Bool
    /// The form of that pool.
    public var poolKind: Pool
    /// True if a norm and a ReLU follow the last convolution although the first stage's blocks are pre-activated (MXNet's v2
    /// nets). Before other blocks they always do.
    public var isNormalized: Bool

    /// The layer that halves the resolution after the stem's convolutions.
    public enum Pool: String, Hashable, Sendable, CaseIterable {
      /// The maximum of 3×3 pixels; nothing lies beyond the edge. With ``Antialias/averagePool`` the mean of 2×2 pixels
      /// takes its place.
      case max
      /// The maximum of 3×3 pixels; zeros lie beyond the edge (BiT, Keras).
      case maxZeroPadded = "max_zero_padded"
      /// The maximum of 3×3 pixels from the first one on; a window that hangs over the far edge takes the pixels that it has
      /// (Caffe, PyTorch's `ceil_mode`).
      case maxPartial = "max_partial"
      /// A 3×3 convolution of stride 2, its normalisation and ReLU (ResNet-RS).
      case convolution
    }

    /// A stem from its fields.
    public init(kind: Kind, widths: [Int], pool: Bool, poolKind: Pool = .max, isNormalized: Bool = false) {
      self.kind = kind
      self.widths = widths
      self.pool = pool
      self.poolKind = poolKind
      self.isNormalized = isNormalized
    }

    /// ImageNet's: 64 channels, 7×7, pooled.
    public static let conv7x7 = Stem(kind: .conv7x7, widths: [64], pool: true)

    /// For small images: 3×3, not pooled.
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
    /// Stride of the first block, or of the last one (``StridePosition``).
    public var stride: Int
    /// Dilation of every block but the first, which keeps that of the stage before (torchvision's
    /// `replace_stride_with_dilation`).
    public var dilation: Int
    /// The kind of the blocks; nil for the architecture's.
    public var block: Block?
    /// Output channels over the width; nil for the architecture's, or the usual one of ``block`` if that is given.
    public var expansion: Int?
    /// The output channels of every convolution of every block, for pruned nets whose widths follow no rule; nil for
    /// the widths that follow from ``width``.
    public var channels: [[Int]]?

    /// A stage from its fields.
    public init(
      blocks: Int, width: Int, stride: Int, dilation: Int = 1, block: Block? = nil, expansion: Int? = nil,
      channels: [[Int]]? = nil
    ) {
      self.blocks = blocks
      self.width = width
      self.stride = stride
      self.dilation = dilation
      self.block = block
      self.expansion = expansion
      self.channels = channels
    }
  }
}
