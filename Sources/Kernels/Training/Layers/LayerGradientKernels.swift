import CKernels

/// The kernels of one instruction set that training needs beside those of convolutions.
@safe struct LayerGradientKernels: Sendable {
  let moments:
    @convention(c) @Sendable (
      Int, Int, UnsafePointer<Float>?, UnsafePointer<Float>?, UnsafeMutablePointer<Double>?,
      UnsafeMutablePointer<Double>?
    ) -> Void
  let normSums:
    @convention(c) @Sendable (
      Int, Int, UnsafePointer<rz_norm>?, Int, UnsafeMutablePointer<Float>?, UnsafeMutablePointer<Double>?,
      UnsafeMutablePointer<Double>?
    ) -> Void
  let norm:
    @convention(c) @Sendable (
      Int, Int, UnsafePointer<rz_norm>?, Int, UnsafePointer<Float>?, UnsafePointer<Float>?,
      UnsafePointer<Float>?, UnsafePointer<Float>?, Bool, UnsafeMutablePointer<Float>?
    ) -> Void
  let scaled:
    @convention(c) @Sendable (
      Int, Int, UnsafePointer<Float>?, UnsafePointer<Float>?, Bool, UnsafeMutablePointer<Float>?
    ) -> Void
  let relu: @convention(c) @Sendable (Int, UnsafePointer<Float>?, UnsafeMutablePointer<Float>?) -> Void
  let maxPoolTaps:
    @convention(c) @Sendable (
      UnsafePointer<rz_window>?, Int, Int, Bool, UnsafePointer<Float>?, UnsafeMutablePointer<Float>?,
      UnsafeMutablePointer<UInt8>?
    ) -> Void
  let maxPool:
    @convention(c) @Sendable (
      UnsafePointer<rz_window>?, Int, Int, UnsafePointer<Float>?, UnsafePointer<UInt8>?, Bool,
      UnsafeMutablePointer<Float>?
    ) -> Void
  let dropout:
    @convention(c) @Sendable (
      Int, UInt64, UInt32, Float, UnsafePointer<Float>?, Bool, UnsafeMutablePointer<Float>?
    ) -> Void

  fileprivate static let portable = unsafe LayerGradientKernels(
    moments: rz_pivoted_moments_f32__portable,
    normSums: rz_norm_gradient_sums_f32__portable,
    norm: rz_norm_gradient_f32__portable,
    scaled: rz_scaled_gradient_f32__portable,
    relu: rz_relu_gradient_f32__portable,
    maxPoolTaps: rz_max_pool_taps_f32__portable,
    maxPool: rz_max_pool_gradient_f32__portable,
    dropout: rz_dropout_f32__portable)
  #if arch(x86_64)
  fileprivate static let avx2 = unsafe LayerGradientKernels(
    moments: rz_pivoted_moments_f32__avx2,
    normSums: rz_norm_gradient_sums_f32__avx2,
    norm: rz_norm_gradient_f32__avx2,
    scaled: rz_scaled_gradient_f32__avx2,
    relu: rz_relu_gradient_f32__avx2,
    maxPoolTaps: rz_max_pool_taps_f32__avx2,
    maxPool: rz_max_pool_gradient_f32__avx2,
    dropout: rz_dropout_f32__avx2)
  fileprivate static let avx512 = unsafe LayerGradientKernels(
    moments: rz_pivoted_moments_f32__avx512,
    normSums: rz_norm_gradient_sums_f32__avx512,
    norm: rz_norm_gradient_f32__avx512,
    scaled: rz_scaled_gradient_f32__avx512,
    relu: rz_relu_gradient_f32__avx512,
    maxPoolTaps: rz_max_pool_taps_f32__avx512,
    maxPool: rz_max_pool_gradient_f32__avx512,
    dropout: rz_dropout_f32__avx512)
  #endif
}

extension KernelTable {
  /// Of the same instruction set.
  var layerGradients: LayerGradientKernels {
    #if arch(x86_64)
    switch name {
    case "avx512": return .avx512
    case "avx2": return .avx2
    default: return .portable
    }
    #else
    return .portable
    #endif
  }
}
