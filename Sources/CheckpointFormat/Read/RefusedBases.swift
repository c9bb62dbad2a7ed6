import Messages

/// Files that say that they hold the base of a delta, and do not: another one is looked for in their place. What the search has read of files
/// is kept with them, so that the time does not grow with the square of their number.
struct RefusedBases: Sendable {
  private var faults: [String: CheckpointError] = [:]
  /// The content roots in the headers of files; nil for one that has none.
  private var roots: [String: [UInt8]?] = [:]
  /// The files that are deltas themselves, as far as they were opened.
  private var deltas: Set<String> = []

  /// The most files that one error names, and the most characters of what it says of each: planted deltas of planted deltas would make
  /// it grow with every step.
  private static let (fileLimit, textLimit) = (8, 300)

  func contains(_ path: String) -> Bool { faults[path] != nil }

  /// The content root in a file's header, which is read once; nil where there is none.
  mutating func root(of path: String, reading: (String) throws(CheckpointError) -> [UInt8]) -> [UInt8]? {
    if let known = roots[path] { return known }
    let root = try? reading(path)
    roots[path] = .some(root)
    return root
  }

  func isDelta(_ path: String) -> Bool { deltas.contains(path) }

  mutating func insert(delta path: String) { deltas.insert(path) }

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
