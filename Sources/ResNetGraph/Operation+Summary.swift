extension Operation {
  /// What sets it apart from others of its name, for example `3×3, stride 2`; empty when nothing does.
  public var detail: String {
    switch self {
    case .convolution(let convolution):
      Self.list(
        Self.window(convolution.kernel, convolution.stride),
        convolution.dilation > 1 ? "dilation \(convolution.dilation)" : nil,
        convolution.groups > 1 ? "\(convolution.groups) groups" : nil,
        convolution.hasBias ? "bias" : nil,
        convolution.standardization != nil ? "standardised" : nil)
    case .groupNormalization(let norm): "\(norm.groups) groups"
    case .maxPool(let pool):
      Self.list(Self.window(pool.kernel, pool.stride), pool.padsWithZeros ? "zero-padded" : nil)
    case .averagePool(let pool): Self.window(pool.kernel, pool.stride)
    case .blur(let blur): Self.window(3, blur.stride)
    case .channelConvolution(let convolution): "\(convolution.kernel)"
    case .linear(let linear): "\(linear.inputs) to \(linear.outputs)"
    case .zeroPadShortcut(let shortcut):
      Self.list(
        shortcut.stride > 1 ? "stride \(shortcut.stride)" : nil,
        shortcut.padding > 0 ? "\(2 * shortcut.padding) channels of zeros" : nil)
    case .input, .batchNormalization, .relu, .sigmoid, .globalAveragePool, .globalMaxPool, .add, .mean,
      .concatenate, .scale:
      ""
    }
  }

  /// The word that tables use, and what sets the operation apart.
  public var summary: String { detail.isEmpty ? name : "\(name) \(detail)" }

  private static func window(_ kernel: Int, _ stride: Int) -> String {
    "\(kernel)×\(kernel)" + (stride > 1 ? ", stride \(stride)" : "")
  }

  private static func list(_ parts: String?...) -> String {
    parts.compactMap(\.self).joined(separator: ", ")
  }
}
