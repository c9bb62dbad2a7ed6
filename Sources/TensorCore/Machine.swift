import CBytes
import Platform

/// The resources of the machine.
package enum Machine {
  /// Bytes of memory, whoever uses them; fewer where this process is not allowed as many.
  package static var memoryByteCount: Int {
    let physical = Int(sysconf(Int32(_SC_PHYS_PAGES))) * Int(sysconf(Int32(_SC_PAGESIZE)))
    var limit = rlimit()
    guard unsafe getrlimit(addressSpace, &limit) == 0 else { return physical }
    return min(physical, Int(clamping: limit.rlim_cur))
  }

  /// Gives memory that was freed in many small pieces back to the system, where the C library keeps it otherwise. It takes milliseconds.
  package static func giveBackMemory() {
    rz_give_back_memory()
  }

  #if canImport(Glibc)
  private static let addressSpace = __rlimit_resource_t(RLIMIT_AS.rawValue)
  #else
  private static let addressSpace = RLIMIT_AS
  #endif
}
