import Messages
import ResZoo

/// Names of folders for a network's classes, which every file system takes and no two of which are one.
struct ClassFolderNames {
  /// The folder of images without a class that is probable enough.
  static let unsure = "unsure"

  private let names: [String]

  init(_ descriptor: ModelDescriptor) {
    let labels = descriptor.labels ?? []
    let isYesOrNo = descriptor.architecture.answer == .binary
    let classes =
      isYesOrNo
      ? [labels.first.map { "not \($0)" } ?? "no", labels.first ?? "yes"]
      : (0..<descriptor.architecture.classes).map { index in
        labels.indices.contains(index) ? labels[index] : "class \(index)"
      }
    let safe = classes.enumerated().map { index, label in
      let name = Self.safe(label)
      return name.isEmpty ? "class \(index)" : name
    }
    // Some file systems do not tell cases apart.
    let twins = Dictionary(grouping: safe + [Self.unsure]) { $0.lowercased() }
    let numbered = safe.enumerated().map { index, name in "\(name) (class \(index))" }
    let names = safe.indices.map { index in
      (twins[safe[index].lowercased()] ?? []).count > 1 ? numbered[index] : safe[index]
    }
    self.names = Set(names.map { $0.lowercased() }).count == names.count ? names : numbered
  }

  /// The folder of a class; of yes or no, of 1 or 0.
  subscript(_ index: Int) -> String { names[index] }

  /// The most bytes of a name.
  private static let byteLimit = 200

  /// A text as the name of a folder: without what some file system forbids or a reader does not see, no hidden one, and none that a
  /// command takes for an option.
  static func safe(_ text: String) -> String {
    var name = ""
    let isControl = { (scalar: Unicode.Scalar) in scalar.properties.generalCategory == .control }
    let plain = String(String.UnicodeScalarView(text.unicodeScalars.map { isControl($0) ? "_" : $0 }))
    // Marks of direction and the like are spelt out, so that two names that differ in them alone stay two.
    for scalar in plain.printable.unicodeScalars {
      let isForbidden = #"/\:*?"<>|"#.unicodeScalars.contains(scalar)
      let letter = isForbidden ? "_" : String(scalar)
      guard name.utf8.count + letter.utf8.count <= byteLimit else { break }
      name += letter
    }
    // Scalar by scalar: a dot with a mark behind it is another Character, and a dot to every file system.
    var scalars = name.unicodeScalars[...]
    while let last = scalars.last, last == "." || last.properties.isWhitespace { scalars.removeLast() }
    while let first = scalars.first, first.properties.isWhitespace { scalars.removeFirst() }
    let rest = Substring(scalars)
    if scalars.first == "." { return "_" + String(Substring(scalars.dropFirst())) }
    if scalars.first == "-" { return "_" + rest }
    return isReserved(rest) ? rest + "_" : String(rest)
  }

  /// True for the names that Windows keeps for devices.
  private static func isReserved(_ name: Substring) -> Bool {
    let stem = name.prefix { $0 != "." }.lowercased()
    return ["con", "prn", "aux", "nul"].contains(stem)
      || stem.count == 4 && (stem.hasPrefix("com") || stem.hasPrefix("lpt")) && stem.last?.isNumber == true
  }
}
