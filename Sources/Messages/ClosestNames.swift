/// The names that are closest to one that nothing has: those that it may be a misspelling or the beginning of, the most likely
/// first.
package func closestNames(to name: String, among names: [String], atMost count: Int = 3) -> [String] {
  let given = Array(name.lowercased().utf8.prefix(100))
  let scored = names.compactMap { candidate -> (name: String, distance: Int)? in
    let other = Array(candidate.lowercased().utf8)
    let distance = editDistance(given, other)
    if distance <= max(1, min(given.count, other.count) / 4) { return (candidate, distance) }
    // A name that was not finished is as likely as one with a wrong letter.
    return given.count >= 4 && other.starts(with: given) ? (candidate, 1) : nil
  }
  return scored.sorted {
    ($0.distance, $0.name.utf8.count, $0.name) < ($1.distance, $1.name.utf8.count, $1.name)
  }
  .prefix(count).map(\.name)
}

/// The fewest insertions, removals and replacements of bytes that make one text the other (Levenshtein 1966).
///
/// - Complexity: O(product of the lengths) in time, O(length of `b`) in memory.
package func editDistance(_ a: [UInt8], _ b: [UInt8]) -> Int {
  var row = Array(0...b.count)
  for (i, left) in a.enumerated() {
    var diagonal = row[0]
    row[0] = i + 1
    for (j, right) in b.enumerated() {
      let replaced = diagonal + (left == right ? 0 : 1)
      diagonal = row[j + 1]
      row[j + 1] = min(replaced, row[j] + 1, diagonal + 1)
    }
  }
  return row[b.count]
}
