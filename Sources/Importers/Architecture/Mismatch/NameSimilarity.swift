import Messages
import ModelDescriptor
import TensorCore

/// The likeness of two tensors' names.
enum NameSimilarity {
  /// Bytes of a name that are looked at.
  private static let limit = 96

  /// All but the last word; nil for a name of one word.
  private static func parent(of name: String) -> Substring? {
    name.lastIndex(of: ".").map { name[..<$0] }
  }

  /// The index of the candidate that a tensor of this name and shape was most likely meant to be; nil when none is like
  /// it. Candidates have the same last word, nearly the same name, or the same shape beside it.
  ///
  /// - Complexity: O(number of candidates).
  static func nearest(
    to name: String, _ shape: Shape, among candidates: [(name: String, shape: Shape)]
  ) -> Int? {
    let word = name.split(separator: ".").last
    var best: (score: Double, index: Int)?
    for (index, candidate) in candidates.enumerated() {
      let distance = editDistance(Array(name.utf8.suffix(limit)), Array(candidate.name.utf8.suffix(limit)))
      let part = Double(distance) / Double(max(name.utf8.count, candidate.name.utf8.count, 1))
      let hasShape = candidate.shape == shape || candidate.shape.isTransposed(from: shape)
      let isSibling = hasShape && parent(of: name) == parent(of: candidate.name)
      guard candidate.name.split(separator: ".").last == word || distance <= 2 || isSibling else { continue }
      guard part <= (hasShape ? 0.8 : 0.34) else { continue }
      let score = hasShape ? part - 0.5 : part
      if score < best?.score ?? .infinity { best = (score, index) }
    }
    return best?.index
  }
}

extension Shape {
  /// True if the same extents stand in an order that other programs use: a matrix with its axes exchanged, a kernel with its
  /// channels last.
  func isTransposed(from other: Shape) -> Bool {
    let (mine, theirs) = (dimensions, other.dimensions)
    guard mine.count == theirs.count, mine != theirs else { return false }
    if mine.count == 2 { return mine == [theirs[1], theirs[0]] }
    guard mine.count == 4 else { return false }
    return mine == [theirs[2], theirs[3], theirs[1], theirs[0]]
      || mine == [theirs[0], theirs[2], theirs[3], theirs[1]]
  }
}
