import Files
import Messages

/// Files that say that they hold the base of a delta, and do not: another one is looked for in their place. What the search has read of files
/// is kept with them, so that the time does not grow with the square of their number.
struct RefusedBases: Sendable {
  private var faults: [ExactText: CheckpointError] = [:]
  /// Files that make a chain too long from a place in it on, counted from the opened file; further up they may do.
  private var depths: [ExactText: Int] = [:]
  /// The content roots in the headers of files; nil for one that has none.
  private var roots: [ExactText: [UInt8]?] = [:]
  /// The files that are deltas themselves, as far as they were opened.
  private var deltas: Set<ExactText> = []
  /// The SHA-256 of each tensor's elements of the complete file that was hashed last.
  private var hashed: (file: FileIdentity, digests: [String: [UInt8]])?

  /// The most files that one error names, and the most characters of what it says of each: planted deltas of planted deltas would make
  /// it grow with every step.
  private static let (fileLimit, textLimit) = (8, 300)

  /// - Parameter depth: the place in the chain where the file would be.
  func contains(_ path: String, at depth: Int) -> Bool {
    let path = ExactText(path)
    return faults[path] != nil && depths[path].map { depth >= $0 } ?? true
  }

  /// The SHA-256 of the elements of each tensor that a file stores, by name.
  mutating func digests(
    of reader: CheckpointReader, threads: Int
  ) throws(CheckpointError) -> [String: [UInt8]] {
    if let hashed, hashed.file == reader.file.identity { return hashed.digests }
    let pairs = zip(reader.index.entries.map(\.name), try reader.digests(threads: threads))
    let digests = Dictionary(pairs) { first, _ in first }
    if !reader.index.isDelta { hashed = (reader.file.identity, digests) }
    return digests
  }

  /// The content root in a file's header, which is read once; nil where there is none.
  mutating func root(of path: String, reading: (String) throws(CheckpointError) -> [UInt8]) -> [UInt8]? {
    if let known = roots[ExactText(path)] { return known }
    let root = try? reading(path)
    roots[ExactText(path)] = .some(root)
    return root
  }

  func isDelta(_ path: String) -> Bool { deltas.contains(ExactText(path)) }

  mutating func insert(delta path: String) { deltas.insert(ExactText(path)) }

  /// - Parameter depth: the file's place in the chain. A chain that is too long is the fault of this place and of those below it.
  mutating func insert(_ path: String, _ fault: CheckpointError, at depth: Int) {
    let path = ExactText(path)
    if fault.code != .baseChainTooLong {
      depths[path] = nil
    } else if faults[path] == nil || depths[path] != nil {
      depths[path] = min(depth, depths[path] ?? depth)
    }
    faults[path] = fault
  }

  /// The error that names the refused ones among these files, with the code of the first (one that makes the chain too long before
  /// others, for further up it may do); nil when none is.
  func error(of paths: [String], at depth: Int) -> CheckpointError? {
    var refused = paths.filter { contains($0, at: depth) }
    if let number = refused.firstIndex(where: { depths[ExactText($0)] != nil }) {
      refused.insert(refused.remove(at: number), at: 0)
    }
    let named = refused.prefix(Self.fileLimit).compactMap { path in faults[ExactText(path)]?.inBase(path) }
    guard let first = named.first else { return nil }
    var texts = named.map { $0.message.excerpt(of: Self.textLimit) }
    if refused.count > named.count {
      texts.append("and \(refused.count - named.count) files more are no base of it")
    }
    return CheckpointError(
      first.code, at: refused.count == 1 ? first.offset : nil, texts.joined(separator: "; "))
  }
}
