import ModelDescriptor

extension ModelIndex {
  /// The names that are closest to one that nothing has: those that it may be a misspelling or the beginning of.
  public func names(closeTo name: String, atMost count: Int = 3) -> [String] {
    let given = Array(name.lowercased().utf8.prefix(100))
    let scored = entries.flatMap { [$0.name] + $0.aliases }.compactMap { candidate -> (String, Int)? in
      let other = Array(candidate.lowercased().utf8)
      let distance = editDistance(given, other)
      if distance <= max(1, min(given.count, other.count) / 4) { return (candidate, distance) }
      // A name that was not finished is as likely as one with a wrong letter.
      return given.count >= 4 && other.starts(with: given) ? (candidate, 1) : nil
    }
    return scored.sorted { ($0.1, $0.0.utf8.count, $0.0) < ($1.1, $1.0.utf8.count, $1.0) }.prefix(count).map(
      \.0)
  }
}
