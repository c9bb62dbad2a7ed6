import CKernels
import Platform

/// The kernels of one instruction set.
@safe package struct KernelTable: Sendable {
  /// `portable`, `avx2` or `avx512`.
  package let name: String
  /// Floats of a register.
  package let lanes: Int
  /// Output channels of a panel of packed weights.
  package let panelWidth: Int
  let epilogue:
    @convention(c) @Sendable (
      Int, Int, UnsafeMutablePointer<Float>?, UnsafePointer<Float>?, UnsafePointer<Float>?, Int, Bool
    ) -> Void
  let maxPool:
    @convention(c) @Sendable (
      UnsafePointer<rz_window>?, Int, Int, UnsafePointer<Float>?, UnsafeMutablePointer<Float>?
    ) -> Void
  let averagePool:
    @convention(c) @Sendable (Int, Int, Int, UnsafePointer<Float>?, UnsafeMutablePointer<Float>?) -> Void
  let affine:
    @convention(c) @Sendable (
      Int, Int, UnsafePointer<Float>?, UnsafePointer<Float>?, UnsafePointer<Float>?, UnsafePointer<Float>?,
      Int,
      Bool, UnsafeMutablePointer<Float>?
    ) -> Void
  let accumulate:
    @convention(c) @Sendable (Int, Float, UnsafePointer<Float>?, Bool, UnsafeMutablePointer<Float>?) -> Void
  let channelMoments:
    @convention(c) @Sendable (
      Int, Int, UnsafePointer<Float>?, Int, UnsafeMutablePointer<Double>?, UnsafeMutablePointer<Double>?
    ) -> Void
  let directConvolution:
    @convention(c) @Sendable (
      UnsafePointer<rz_window>?, UnsafePointer<rz_groups>?, Int, Int, Bool, UnsafePointer<Float>?,
      UnsafePointer<Float>?, UnsafePointer<Float>?, UnsafeMutablePointer<Float>?
    ) -> Void
  let packWeights:
    @convention(c) @Sendable (
      Int, Int, Int, Int, Int, UnsafePointer<Float>?, UnsafePointer<Double>?, UnsafeMutablePointer<Float>?,
      Int
    ) -> Void
  let convolution:
    @convention(c) @Sendable (
      UnsafePointer<rz_window>?, UnsafePointer<rz_groups>?, UnsafePointer<rz_part>?, Bool,
      UnsafePointer<Float>?, UnsafePointer<Float>?, UnsafePointer<rz_epilogue>?,
      UnsafeMutablePointer<UnsafePointer<Float>?>?, UnsafeMutablePointer<Float>?, UnsafeMutablePointer<Float>?
    ) -> Void
  let groupedConvolution:
    @convention(c) @Sendable (
      UnsafePointer<rz_window>?, UnsafePointer<rz_groups>?, UnsafePointer<rz_part>?, UnsafePointer<Float>?,
      UnsafePointer<Float>?, UnsafePointer<rz_epilogue>?, UnsafeMutablePointer<UnsafePointer<Float>?>?,
      UnsafeMutablePointer<Float>?, UnsafeMutablePointer<Float>?
    ) -> Void
  let packPanels:
    @convention(c) @Sendable (
      Int, Int, Int, Int, Int, UnsafePointer<Float>?, UnsafePointer<Double>?, UnsafeMutablePointer<Float>?
    ) -> Void
  let winograd:
    @convention(c) @Sendable (
      UnsafePointer<rz_window>?, Int, UnsafePointer<rz_part>?, Int, Int, UnsafePointer<Float>?, Int,
      UnsafePointer<Float>?, UnsafePointer<rz_epilogue>?, UnsafeMutablePointer<Float>?,
      UnsafeMutablePointer<Float>?, Int
    ) -> Void
  let packWinograd:
    @convention(c) @Sendable (
      Int, Int, Int, Int, UnsafePointer<Float>?, UnsafePointer<Double>?, UnsafeMutablePointer<Float>?
    ) -> Void
  /// What only training needs.
  let gradients: GradientTable

  /// What this process runs: the widest instruction set that the processor has, or the one that the environment
  /// variable `RESZOO_KERNELS` names, if the processor has it.
  package static let current: KernelTable = {
    let tables = available
    let forced = unsafe getenv("RESZOO_KERNELS").map { unsafe String(cString: $0) }
    return tables.last { $0.name == forced } ?? tables[tables.count - 1]
  }()

  /// Every table that this processor can run, the narrowest first.
  package static var available: [KernelTable] {
    var tables = [portable]
    #if arch(x86_64)
    if rz_cpu_has_avx2_fma() { tables.append(avx2) }
    if rz_cpu_has_avx512() { tables.append(avx512) }
    #endif
    return tables
  }

  /// Panels of so many output channels, the last of which may be narrower.
  func panels(of channels: Int) -> Int { (channels + panelWidth - 1) / panelWidth }

  /// Channels rounded up to whole registers.
  func padded(_ channels: Int) -> Int { (channels + lanes - 1) / lanes * lanes }

  private static let portable = unsafe KernelTable(
    name: "portable", lanes: Int(rz_lanes__portable), panelWidth: Int(rz_panel__portable),
    epilogue: rz_epilogue_f32__portable, maxPool: rz_max_pool_f32__portable,
    averagePool: rz_average_pool_f32__portable,
    affine: rz_affine_f32__portable, accumulate: rz_accumulate_f32__portable,
    channelMoments: rz_channel_moments_f32__portable,
    directConvolution: rz_direct_convolution_f32__portable,
    packWeights: rz_pack_weights_f32__portable, convolution: rz_convolution_f32__portable,
    groupedConvolution: rz_grouped_f32__portable,
    packPanels: rz_pack_panels_f32__portable, winograd: rz_winograd_f32__portable,
    packWinograd: rz_pack_winograd_f32__portable, gradients: .portable)

  #if arch(x86_64)
  private static let avx2 = unsafe KernelTable(
    name: "avx2", lanes: Int(rz_lanes__avx2), panelWidth: Int(rz_panel__avx2),
    epilogue: rz_epilogue_f32__avx2,
    maxPool: rz_max_pool_f32__avx2, averagePool: rz_average_pool_f32__avx2,
    affine: rz_affine_f32__avx2, accumulate: rz_accumulate_f32__avx2,
    channelMoments: rz_channel_moments_f32__avx2,
    directConvolution: rz_direct_convolution_f32__avx2, packWeights: rz_pack_weights_f32__avx2,
    convolution: rz_convolution_f32__avx2, groupedConvolution: rz_grouped_f32__avx2,
    packPanels: rz_pack_panels_f32__avx2,
    winograd: rz_winograd_f32__avx2, packWinograd: rz_pack_winograd_f32__avx2, gradients: .avx2)

  private static let avx512 = unsafe KernelTable(
    name: "avx512", lanes: Int(rz_lanes__avx512), panelWidth: Int(rz_panel__avx512),
    epilogue: rz_epilogue_f32__avx512, maxPool: rz_max_pool_f32__avx512,
    averagePool: rz_average_pool_f32__avx512,
    affine: rz_affine_f32__avx512, accumulate: rz_accumulate_f32__avx512,
    channelMoments: rz_channel_moments_f32__avx512,
    directConvolution: rz_direct_convolution_f32__avx512,
    packWeights: rz_pack_weights_f32__avx512, convolution: rz_convolution_f32__avx512,
    groupedConvolution: rz_grouped_f32__avx512,
    packPanels: rz_pack_panels_f32__avx512, winograd: rz_winograd_f32__avx512,
    packWinograd: rz_pack_winograd_f32__avx512, gradients: .avx512)
  #endif
}
