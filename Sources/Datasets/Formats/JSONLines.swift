import Messages
import StrictJSON

/// Reads the images that a JSONL manifest lists; empty lines are passed over, and so is a byte order mark.
func jsonEntries(_ bytes: [UInt8], reader: inout LabelReader) throws(ManifestFault) -> [ManifestEntry] {
  let content = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? bytes.dropFirst(3) : bytes[...]
  var entries: [ManifestEntry] = []
  var parts = PartColumn()
  for (index, line) in content.split(separator: 0x0A, omittingEmptySubsequences: false).enumerated() {
    guard line.contains(where: { $0 != 0x20 && $0 != 0x09 && $0 != 0x0D }) else { continue }
    entries.append(try jsonEntry(Array(line), line: index + 1, reader: &reader, parts: &parts))
  }
  return entries
}

private func jsonEntry(
  _ text: [UInt8], line: Int, reader: inout LabelReader, parts: inout PartColumn
) throws(ManifestFault) -> ManifestEntry {
  let members: [(name: String, values: [String])]
  do {
    members = try jsonMembers(text, reader: &reader)
  } catch {
    throw ManifestFault(line: line, message: "\(error)")
  }
  func values(_ use: ManifestColumns.Use) throws(ManifestFault) -> [String] {
    let index: Int?
    do {
      index = try ManifestColumns.find(use, in: members.map(\.name))
    } catch {
      throw ManifestFault(line: line, message: error.message)
    }
    guard let index else { throw ManifestFault(line: line, message: "the object has no '\(use.names[0])'") }
    return members[index].values
  }
  let path = try values(.path)[0]
  let labels = try values(reader.form.use)
  guard reader.form != .one || labels != [""] else {
    throw ManifestFault(line: line, message: "the label is empty")
  }
  if let part = members.first(where: { PartColumn.isNamed($0.name) }), let value = part.values.first {
    try parts.note(value, column: part.name, line: line)
  }
  return try ManifestEntry(line: line, path: path, labels: labels)
}

/// The classes that an object names; nil where it names none.
///
/// - Throws: `JSONScanner.Fault` or ``ManifestColumns/Ambiguity``.
func jsonLabels(_ text: [UInt8], reader: inout LabelReader) throws -> [String]? {
  let members = try jsonMembers(text, reader: &reader)
  return try ManifestColumns.find(reader.form.use, in: members.map(\.name)).map { members[$0].values }
}

/// The members of an object that may hold a path or classes.
private func jsonMembers(
  _ line: [UInt8], reader: inout LabelReader
) throws(JSONScanner.Fault) -> [(name: String, values: [String])] {
  try JSONScanner.check(line, valueLimit: 10_000, outermost: .object)
  var scanner = JSONScanner(line)
  try scanner.open(.object)
  var members: [(name: String, values: [String])] = []
  while let name = try scanner.nextName() {
    let isPath = (try? ManifestColumns.find(.path, in: [name])) ?? nil
    let isLabel = (try? ManifestColumns.find(reader.form.use, in: [name])) ?? nil
    if isPath != nil || PartColumn.isNamed(name), scanner.peek() == UInt8(ascii: "\"") {
      members.append((name, [try scanner.string()]))
    } else if isLabel != nil {
      members.append((name, try scanner.labels(&reader)))
    } else {
      try scanner.skipValue()
    }
  }
  return members
}

extension JSONScanner {
  /// Consumes the names or numbers of the classes of an image.
  fileprivate mutating func labels(_ reader: inout LabelReader) throws(Fault) -> [String] {
    if peek() == UInt8(ascii: "\"") { return reader.names(in: try string()) }
    guard peek() == UInt8(ascii: "[") else { return [try number()] }
    guard reader.form != .one else {
      throw fault("the label is a list; an image has one class, unless the network answers several at once")
    }
    var labels: [String] = []
    try open(.array)
    while try nextElement() {
      labels.append(peek() == UInt8(ascii: "\"") ? try string() : try number())
    }
    return labels
  }

  /// Consumes the number of a class.
  private mutating func number() throws(Fault) -> String {
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
