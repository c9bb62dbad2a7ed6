extension Architecture {
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

  /// The convolution of a basic block that carries its stride.
  public enum BasicStride: String, Hashable, Sendable, CaseIterable {
    /// The first, as nearly everywhere.
    case conv1
    /// The second.
    case conv2
  }

  /// The input of a shortcut that changes the shape, in a pre-activation block.
  public enum ShortcutInput: String, Hashable, Sendable, CaseIterable {
    /// The block's input after its first norm and ReLU (He et al. 2016).
    case activated
    /// The block's input as it is.
    case raw
  }

  /// The form of the shortcut around a block. In a pre-activation block, whatever changes the shape starts from
  /// ``ShortcutInput`` and has no normalisation; an identity takes the input as it is.
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
}
