import ModelDescriptor

/// The names of classes: their order, and the places of names among others.
enum ClassNames {
  /// The names sorted by their bytes, or by value if all are whole numbers.
  static func sorted(_ names: some Collection<String>) -> [String] {
    if let sorted = sorted(names, by: { Int($0) }) ?? sorted(names, by: decimal) { return sorted }
    return names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
  }

  /// The names sorted by their values; nil unless all have one, and each its own.
  private static func sorted<Value: Comparable & Hashable>(
    _ names: some Collection<String>, by value: (String) -> Value?
  ) -> [String]? {
    let numbers = names.compactMap { name in value(name).map { (name, $0) } }
    guard numbers.count == names.count, Set(numbers.map(\.1)).count == names.count else { return nil }
    return numbers.sorted { $0.1 < $1.1 }.map(\.0)
  }

  /// The value of digits with a point, as tables write the numbers of classes at times.
  private static func decimal(_ name: String) -> Double? {
    name.utf8.allSatisfy { (0x30...0x39).contains($0) || $0 == 0x2E || $0 == 0x2D } ? Double(name) : nil
  }

  /// The place of each name among labels; nil where there is none, or more than one.
  ///
  /// A name is that of a label if they are equal; else if it is WordNet's number of it, where the labels are ImageNet's; else if they
  /// are equal without regard to case, underscores and hyphens, and to what follows a comma in the label. No two names have one place.
  static func positions(of names: [String], among labels: [String]) -> [Int?] {
    let exact = Table(labels.enumerated().map { ($1, $0) })
    let synsets = isImageNet(labels) ? Table(ImageNetSynsets.all.enumerated().map { ($1, $0) }) : nil
    var loose: Table?
    var places = names.map { name -> Int? in
      if let found = exact[name] { return found.only }
      if let found = synsets?[name] { return found.only }
      if loose == nil {
        loose = Table(
          labels.enumerated().flatMap { index, label in
            Set([simplified(label), simplified(label.prefix { $0 != "," })]).map { ($0, index) }
          })
      }
      return loose?[simplified(name)]?.only
    }
    let taken = Dictionary(grouping: places.indices.filter { places[$0] != nil }) { places[$0] }
    for rivals in taken.values where rivals.count > 1 {
      // The one with the label's own name has it.
      for index in rivals where places[index].map({ labels[$0] }) != names[index] { places[index] = nil }
    }
    return places
  }

  /// Numbers of labels by texts; a text of several labels has none.
  private struct Table {
    struct Entry {
      /// The number; nil when there are several.
      var only: Int?
    }

    private var entries: [String: Entry]

    init(_ pairs: [(String, Int)]) {
      entries = Dictionary(pairs.map { ($0, Entry(only: $1)) }) { _, _ in Entry(only: nil) }
    }

    subscript(_ text: String) -> Entry? { entries[text] }
  }

  /// True for the labels of the usual 1,000 classes, in whichever wording.
  private static func isImageNet(_ labels: [String]) -> Bool {
    labels.count == ImageNetSynsets.all.count && labels.first?.hasPrefix("tench") == true
      && labels.last?.hasPrefix("toilet") == true
  }

  private static func simplified(_ name: some StringProtocol) -> String {
    let words = name.lowercased().split { $0 == "_" || $0 == "-" || $0.isWhitespace }
    return words.joined(separator: " ")
  }
}
