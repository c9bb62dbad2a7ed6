import CKernels

/// The kernels of one instruction set that only training needs.
@safe struct GradientTable: Sendable {
  let phase:
    @convention(c) @Sendable (
      UnsafePointer<rz_phase>?, UnsafePointer<rz_groups>?, UnsafePointer<rz_part>?, Bool, Bool,
      UnsafePointer<Float>?, UnsafePointer<Float>?, UnsafePointer<Float>?,
      UnsafeMutablePointer<UnsafePointer<Float>?>?, UnsafeMutablePointer<Float>?, UnsafeMutablePointer<Float>?
    ) -> Void
  let packColumns:
    @convention(c) @Sendable (
      UnsafePointer<rz_columns>?, UnsafePointer<Int>?, UnsafePointer<Float>?, UnsafeMutablePointer<Float>?
    ) -> Void
  let packWinogradColumns:
    @convention(c) @Sendable (
      UnsafePointer<rz_columns>?, UnsafePointer<Int>?, UnsafePointer<Float>?, UnsafeMutablePointer<Float>?
    ) -> Void
  let weightGradient:
    @convention(c) @Sendable (
      UnsafePointer<rz_gradient>?, UnsafePointer<rz_gradient_part>?, UnsafePointer<Float>?,
      UnsafePointer<Float>?, UnsafeMutablePointer<Float>?, UnsafeMutablePointer<Float>?
    ) -> Void
  let winogradGradient:
    @convention(c) @Sendable (
      UnsafePointer<rz_gradient>?, UnsafePointer<rz_gradient_part>?, Int, Int, Int, UnsafePointer<Float>?,
      UnsafePointer<Float>?, UnsafeMutablePointer<Float>?, UnsafeMutablePointer<Float>?
    ) -> Void
  let finishWinogradGradient:
    @convention(c) @Sendable (
      Int, Int, Int, Int, Int, UnsafePointer<Float>?, UnsafeMutablePointer<Float>?, Int
    ) -> Void
  let finishGradient:
    @convention(c) @Sendable (
      Int, Int, Int, Int, Int, Int, UnsafePointer<Float>?, UnsafeMutablePointer<Float>?, Int
    ) -> Void

  static let portable = unsafe GradientTable(
    phase: rz_phase_f32__portable, packColumns: rz_pack_columns_f32__portable,
    packWinogradColumns: rz_pack_winograd_columns_f32__portable,
    weightGradient: rz_weight_gradient_f32__portable,
    winogradGradient: rz_winograd_gradient_f32__portable,
    finishWinogradGradient: rz_finish_winograd_gradient_f32__portable,
    finishGradient: rz_finish_gradient_f32__portable)

  #if arch(x86_64)
  static let avx2 = unsafe GradientTable(
    phase: rz_phase_f32__avx2, packColumns: rz_pack_columns_f32__avx2,
    packWinogradColumns: rz_pack_winograd_columns_f32__avx2,
    weightGradient: rz_weight_gradient_f32__avx2,
    winogradGradient: rz_winograd_gradient_f32__avx2,
    finishWinogradGradient: rz_finish_winograd_gradient_f32__avx2,
    finishGradient: rz_finish_gradient_f32__avx2)

  static let avx512 = unsafe GradientTable(
    phase: rz_phase_f32__avx512, packColumns: rz_pack_columns_f32__avx512,
    packWinogradColumns: rz_pack_winograd_columns_f32__avx512,
    weightGradient: rz_weight_gradient_f32__avx512,
    winogradGradient: rz_winograd_gradient_f32__avx512,
    finishWinogradGradient: rz_finish_winograd_gradient_f32__avx512,
    finishGradient: rz_finish_gradient_f32__avx512)
  #endif
}
