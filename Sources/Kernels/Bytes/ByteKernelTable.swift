import CKernels
import Platform

/// The kernels on bytes of one instruction set. All of them give the same bits.
@safe package struct ByteKernelTable: Sendable {
  /// `portable`, `avx2`, `avxvnni` or `avx512vnni`.
  package let name: String
  /// The functions, in constant memory.
  nonisolated(unsafe) let c: UnsafePointer<rz_byte_kernels>

  private init(_ c: UnsafePointer<rz_byte_kernels>) {
    unsafe self.c = c
    name = unsafe String(cString: c.pointee.name)
  }

  /// The kernels that this process runs: those of the widest instruction set that the processor has, or no wider than what
  /// the environment variable `RESZOO_KERNELS` names.
  package static let current: ByteKernelTable = {
    let tables = available
    switch unsafe getenv("RESZOO_KERNELS").map({ unsafe String(cString: $0) }) {
    case "portable": return tables[0]
    case "avx2": return tables.last { $0.name == "avx2" } ?? tables[0]
    default: return tables[tables.count - 1]
    }
  }()

  /// Every table that this processor can run, the narrowest first.
  package static var available: [ByteKernelTable] {
    var tables: [ByteKernelTable] = []
    while let table = unsafe rz_byte_kernels_at(tables.count) { tables.append(unsafe ByteKernelTable(table)) }
    return tables
  }

  var lanes: Int { unsafe c.pointee.lanes }
  /// Output channels of a panel of packed weights.
  var panelWidth: Int { unsafe c.pointee.panel }
  /// Numbers that go through the kernel together.
  var unit: Int { unsafe c.pointee.unit }
  /// Bytes of a number of the copied rows.
  var activationBytes: Int { unsafe c.pointee.activation_bytes }
}
