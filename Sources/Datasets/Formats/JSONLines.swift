import StrictJSON

/// Reads the images that a JSONL manifest lists; empty lines are passed over.
func jsonEntries(_ bytes: [UInt8]) throws(ManifestFault) -> [ManifestEntry] {
  var entries: [ManifestEntry] = []
  for (index, line) in bytes.split(separator: 0x0A, omittingEmptySubsequences: false).enumerated() {
    guard line.contains(where: { $0 != 0x20 && $0 != 0x09 && $0 != 0x0D }) else { continue }
    let path: String?
    let label: String?
    do {
      (path, label) = try jsonMembers(Array(line))
    } catch {
      throw ManifestFault(line: index + 1, message: error.description)
    }
    guard let path, let label else {
      throw ManifestFault(line: index + 1, message: "the object has no '\(path == nil ? "path" : "label")'")
    }
    entries.append(try ManifestEntry(line: index + 1, path: path, label: label))
  }
  return entries
}

/// The members `path` and `label` of an object, nil where they are missing.
private func jsonMembers(_ line: [UInt8]) throws(JSONScanner.Fault) -> (path: String?, label: String?) {
  try JSONScanner.check(line, valueLimit: 10_000, outermost: .object)
  var scanner = JSONScanner(line)
  try scanner.open(.object)
  var path: String?
  var label: String?
  while let name = try scanner.nextName() {
    switch name {
    case "path": path = try scanner.string()
    case "label": label = try scanner.peek() == UInt8(ascii: "\"") ? scanner.string() : "\(scanner.count())"
    default: try scanner.skipValue()
    }
  }
  return (path, label)
}
