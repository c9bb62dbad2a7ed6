import FuzzTargets
import Glibc

/// The target that the environment variable `RESZOO_FUZZ_TARGET` names. Without it, the targets are listed.
let selectedTarget: FuzzTarget = {
  let name = unsafe getenv("RESZOO_FUZZ_TARGET").map { unsafe String(cString: $0) }
  guard let target = FuzzTarget.all.first(where: { $0.name == name }) else {
    for target in FuzzTarget.all { print(target.name) }
    exit(name == nil ? 0 : 64)
  }
  return target
}()
