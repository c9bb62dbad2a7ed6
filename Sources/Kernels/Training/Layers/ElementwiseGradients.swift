import CKernels

/// Sums, products and gates of [rows, channels] in the forms that training needs, and what ReLU and dropout do to gradients.
package struct ElementwiseKernels: Sendable {
  private let kernels: KernelTable

  package init(kernels: KernelTable = .current) {
    self.kernels = kernels
  }

  /// output = relu?(input · scale + residual), the scale by channel.
  package func affine(
    rows: Int, channels: Int, input: UnsafePointer<Float>, scale: UnsafePointer<Float>,
    residual: UnsafePointer<Float>?, relu: Bool, output: UnsafeMutablePointer<Float>
  ) {
    unsafe kernels.c.pointee.elementwise.affine(
      rows, channels, input, scale, nil, residual, channels, relu, output)
  }

  /// output = factor · input, added to what is there if it `accumulates`.
  package func scale(
    count: Int, by factor: Float, input: UnsafePointer<Float>, accumulates: Bool,
    output: UnsafeMutablePointer<Float>
  ) {
    unsafe kernels.c.pointee.elementwise.accumulate(count, factor, input, accumulates, output)
  }

  /// output = scale · input by channel, added to what is there if it `accumulates`; both may be the same.
  package func scale(
    rows: Int, channels: Int, by scale: UnsafePointer<Float>, input: UnsafePointer<Float>, accumulates: Bool,
    output: UnsafeMutablePointer<Float>
  ) {
    unsafe kernels.c.pointee.elementwise.scale_channels(rows, channels, scale, input, accumulates, output)
  }

  /// Clears the gradient where the output of ReLU is not above 0.
  package func maskByReLU(
    count: Int, output: UnsafePointer<Float>, gradient: UnsafeMutablePointer<Float>
  ) {
    unsafe kernels.c.pointee.elementwise.relu_gradient(count, output, gradient)
  }

  /// sums and products, by channel, of gradient and of gradient · (input - mean).
  package func channelProducts(
    rows: Int, channels: Int, gradient: UnsafeMutablePointer<Float>, input: UnsafePointer<Float>,
    mean: UnsafePointer<Float>, sums: UnsafeMutablePointer<Double>, products: UnsafeMutablePointer<Double>
  ) {
    var norm = unsafe rz_norm()
    unsafe norm.input = input
    unsafe norm.mean = mean
    unsafe norm.mask = Int32(RZ_MASK_NONE)
    unsafe kernels.c.pointee.norms.gradient_sums(rows, channels, &norm, 0, gradient, sums, products)
  }

  /// Each number dropped with probability `rate`, the others divided by 1 - rate (Srivastava et al. 2014). The same key drops
  /// the same ones.
  package func dropout(
    count: Int, rate: Double, key: UInt64, input: UnsafePointer<Float>, accumulates: Bool,
    output: UnsafeMutablePointer<Float>
  ) {
    let threshold = UInt32(min(rate * 0x1p32, Double(UInt32.max)))
    unsafe kernels.c.pointee.elementwise.dropout(
      count, key, threshold, Float(1 / (1 - rate)), input, accumulates, output)
  }
}
