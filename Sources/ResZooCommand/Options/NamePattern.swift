/// A pattern for names: a part of a name, or a whole one in which `*` stands for any text and `?` for any character. Case does not
/// count.
struct NamePattern {
  private let text: [Character]
  private let isWhole: Bool

  init(_ text: String) {
    self.text = Array(text.lowercased())
    isWhole = self.text.contains("*") || self.text.contains("?")
  }

  /// True if a name fits one of several patterns, or there are none.
  static func fits(_ name: String, _ patterns: [NamePattern]) -> Bool {
    patterns.isEmpty || patterns.contains { $0.fits(name) }
  }

  /// True if a name fits.
  ///
  /// - Complexity: O(product of the lengths).
  func fits(_ name: String) -> Bool {
    let name = Array(name.lowercased())
    guard isWhole else { return name.contains(text) }
    var (place, rest) = (0, 0)
    var star: (rest: Int, place: Int)?
    while place < name.count {
      if rest < text.count, text[rest] == "*" {
        star = (rest, place)
        rest += 1
      } else if rest < text.count, text[rest] == "?" || text[rest] == name[place] {
        place += 1
        rest += 1
      } else if let last = star {
        // The last star takes one character more.
        star = (last.rest, last.place + 1)
        (place, rest) = (last.place + 1, last.rest + 1)
      } else {
        return false
      }
    }
    return text[rest...].allSatisfy { $0 == "*" }
  }
}
