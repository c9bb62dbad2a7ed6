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
  /// The functions, in constant memory.
  nonisolated(unsafe) let c: UnsafePointer<rz_kernels>
  /// The functions for bfloat16 numbers, in constant memory.
  nonisolated(unsafe) let bfloat16: UnsafePointer<rz_bfloat16_kernels>
  /// True if the processor has instructions for products of bfloat16 numbers, twice as many at once as of float32; else they are
  /// widened and multiplied as float32.
  package let multipliesBFloat16: Bool

  private init(_ c: UnsafePointer<rz_kernels>) {
    unsafe self.c = c
    name = unsafe String(cString: c.pointee.name)
    lanes = unsafe c.pointee.lanes
    panelWidth = unsafe c.pointee.panel
    unsafe bfloat16 = rz_bfloat16_kernels_of(c)
    multipliesBFloat16 = unsafe bfloat16.pointee.is_native
  }

  /// The kernels that this process runs: those of the widest instruction set that the processor has, or of the one that the
  /// environment variable `RESZOO_KERNELS` names, if the processor has it.
  package static let current: KernelTable = {
    let tables = available
    let forced = unsafe getenv("RESZOO_KERNELS").map { unsafe String(cString: $0) }
    return tables.last { $0.name == forced } ?? tables[tables.count - 1]
  }()

  /// Every table that this processor can run, the narrowest first.
  package static var available: [KernelTable] {
    var tables: [KernelTable] = []
    while let table = unsafe rz_kernels_at(tables.count) { tables.append(unsafe KernelTable(table)) }
    return tables
  }

  /// The number of panels that hold so many output channels, the last of which may be narrower.
  func panels(of channels: Int) -> Int { (channels + panelWidth - 1) / panelWidth }

  /// Channels rounded up to whole registers.
  func padded(_ channels: Int) -> Int { (channels + lanes - 1) / lanes * lanes }
}
