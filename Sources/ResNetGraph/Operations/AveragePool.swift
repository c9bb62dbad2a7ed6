/// The maximum of a square window.
public struct Pool: Hashable, Sendable {
  /// Height and width of the window.
  public var kernel: Int
  /// In pixels of the input, in both directions.
  public var stride: Int
  /// Pixels on each of the four sides.
  public var padding: Int
  /// Whether what lies beyond the edge counts as 0; it counts as -∞ otherwise.
  public var padsWithZeros = false
}

/// The mean of a square window whose first pixel is `stride` times the output's.
public struct AveragePool: Hashable, Sendable {
  /// What becomes of windows that hang over the far edges.
  public enum Edge: Hashable, Sendable {
    /// They are left out (PyTorch's `AvgPool2d`).
    case dropped
    /// They average the pixels that they have (`ceil_mode=True, count_include_pad=False`).
    case partial
    /// They take zeros for what they lack; at stride 1 (TensorFlow's SAME).
    case zeros
  }

  /// Height and width of the window.
  public var kernel: Int
  /// In pixels of the input, in both directions.
  public var stride: Int
  /// What becomes of windows that hang over the far edges.
  public var edge: Edge
}

/// Every channel's sum over 3×3 pixels with the weights [1, 2, 1]ᵀ[1, 2, 1] / 16, the input reflected by one pixel on all
/// sides without repeating its edge (Zhang 2019). Takes two pixels at least in both directions.
public struct Blur: Hashable, Sendable {
  /// In pixels of the input, in both directions.
  public var stride: Int
}

/// Option A: every `stride`-th pixel of both directions, between `padding` channels of zeros on either side.
public struct ZeroPadShortcut: Hashable, Sendable {
  /// In pixels of the input, in both directions.
  public var stride: Int
  /// Channels of zeros before the first and after the last channel.
  public var padding: Int
}
