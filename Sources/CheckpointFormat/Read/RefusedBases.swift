/// Files that say that they hold the base of a delta, and do not: another one is looked for in their place.
struct RefusedBases: Sendable {
  private var faults: [String: CheckpointError] = [:]

  func contains(_ path: String) -> Bool { faults[path] != nil }

  mutating func insert(_ path: String, _ fault: CheckpointError) {
    faults[path] = fault
  }

  /// The error that names the refused ones among these files, with the code of the first; nil when none is.
  func error(of paths: [String]) -> CheckpointError? {
    let refused = paths.compactMap { path in faults[path].map { $0.inBase(path) } }
    guard let first = refused.first else { return nil }
    return CheckpointError(
      first.code, at: refused.count == 1 ? first.offset : nil, refused.map(\.message).joined(separator: "; "))
  }
}
