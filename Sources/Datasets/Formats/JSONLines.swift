import StrictJSON

/// Reads the images that a JSONL manifest lists; empty lines are passed over, and so is a byte order mark.
func jsonEntries(_ bytes: [UInt8]) throws(ManifestFault) -> [ManifestEntry] {
  let content = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? bytes.dropFirst(3) : bytes[...]
  var entries: [ManifestEntry] = []
  for (index, line) in content.split(separator: 0x0A, omittingEmptySubsequences: false).enumerated() {
    guard line.contains(where: { $0 != 0x20 && $0 != 0x09 && $0 != 0x0D }) else { continue }
    entries.append(try jsonEntry(Array(line), line: index + 1))
  }
  return entries
}

private func jsonEntry(_ text: [UInt8], line: Int) throws(ManifestFault) -> ManifestEntry {
  let members: [(name: String, value: String)]
  do {
    members = try jsonMembers(text)
  } catch {
    throw ManifestFault(line: line, message: error.description)
  }
  let names = members.map(\.name)
  var values: [String] = []
  for use in ManifestColumns.Use.allCases {
    let index: Int?
    do {
      index = try ManifestColumns.find(use, in: names)
    } catch {
      throw ManifestFault(line: line, message: error.message)
    }
    guard let index else { throw ManifestFault(line: line, message: "the object has no '\(use.names[0])'") }
    values.append(members[index].value)
  }
  return try ManifestEntry(line: line, path: values[0], label: values[1])
}

/// The class that an object names; nil where it names none.
///
/// - Throws: `JSONScanner.Fault` or ``ManifestColumns/Ambiguity``.
func jsonLabel(_ text: [UInt8]) throws -> String? {
  let members = try jsonMembers(text)
  return try ManifestColumns.find(.label, in: members.map(\.name)).map { members[$0].value }
}

/// The members of an object that may hold a path or a class.
private func jsonMembers(_ line: [UInt8]) throws(JSONScanner.Fault) -> [(name: String, value: String)] {
  try JSONScanner.check(line, valueLimit: 10_000, outermost: .object)
  var scanner = JSONScanner(line)
  try scanner.open(.object)
  var members: [(name: String, value: String)] = []
  while let name = try scanner.nextName() {
    let isPath = try? ManifestColumns.find(.path, in: [name])
    let isLabel = try? ManifestColumns.find(.label, in: [name])
    if isPath != nil, scanner.peek() == UInt8(ascii: "\"") {
      members.append((name, try scanner.string()))
    } else if isLabel != nil {
      members.append((name, try scanner.label()))
    } else {
      try scanner.skipValue()
    }
  }
  return members
}

extension JSONScanner {
  /// Consumes the name or the number of a class.
  fileprivate mutating func label() throws(Fault) -> String {
    if peek() == UInt8(ascii: "\"") { return try string() }
    let start = position
    try skipValue()
    let text = String(decoding: bytes[start..<position], as: UTF8.self)
    guard let number = Int(text), number >= 0 else {
      position = start
      throw fault("the label is \(text.prefix(20)), which is no text and no whole number from 0 up")
    }
    return "\(number)"
  }
}
