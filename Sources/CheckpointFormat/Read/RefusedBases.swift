import Messages

/// Files that say that they hold the base of a delta, and do not: another one is looked for in their place.
struct RefusedBases: Sendable {
  private var faults: [String: CheckpointError] = [:]

  /// The most files that one error names, and the most characters of what it says of each: planted deltas of planted deltas would make
  /// it grow with every step.
  private static let (fileLimit, textLimit) = (8, 300)

  func contains(_ path: String) -> Bool { faults[path] != nil }

  mutating func insert(_ path: String, _ fault: CheckpointError) {
    faults[path] = fault
  }

  /// The error that names the refused ones among these files, with the code of the first; nil when none is.
  func error(of paths: [String]) -> CheckpointError? {
    let refused = paths.filter(contains)
    let named = refused.prefix(Self.fileLimit).compactMap { path in faults[path]?.inBase(path) }
    guard let first = named.first else { return nil }
    var texts = named.map { $0.message.excerpt(of: Self.textLimit) }
    if refused.count > named.count {
      texts.append("and \(refused.count - named.count) files more are no base of it")
    }
    return CheckpointError(
      first.code, at: refused.count == 1 ? first.offset : nil, texts.joined(separator: "; "))
  }
}
