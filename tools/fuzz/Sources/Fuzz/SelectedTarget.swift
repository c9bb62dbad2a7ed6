import FuzzTargets
import Glibc

/// The target that the environment variable `RESZOO_FUZZ_TARGET` names.
let selectedTarget: FuzzTarget = {
  let name = unsafe getenv("RESZOO_FUZZ_TARGET").map { unsafe String(cString: $0) } ?? ""
  guard let target = FuzzTarget.all.first(where: { $0.name == name }) else {
    preconditionFailure("RESZOO_FUZZ_TARGET is '\(name)'; targets: \(FuzzTarget.all.map(\.name))")
  }
  return target
}()
