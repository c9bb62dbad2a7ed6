import Files
import Messages

/// The entries of a zip archive as PyTorch's reader finds them: in the folder of the first entry, without regard to case.
struct TorchRecords {
  /// The folder with its slash; empty where the entries lie in none.
  let folder: String
  private let entries: [String: ZipEntry]

  /// The records that PyTorch asks for by these names, below the folder.
  private static let known: Set = ["data.pkl", "byteorder", "constants.pkl", "version", ".data/version"]

  /// - Throws: ``WeightFileError`` with `duplicateEntry` for names that PyTorch takes for each other, or that it finds and another reader
  ///   does not; with `malformedArchive` for entries in several folders.
  init(_ archive: ZipArchive, in file: InputFile) throws(WeightFileError) {
    let first = archive.entries.first?.name ?? ""
    folder = first.utf8.firstIndex(of: UInt8(ascii: "/")).map { String(Substring(first.utf8[...$0])) } ?? ""
    var spellings: [String: String] = [:]
    var entries: [String: ZipEntry] = [:]
    for entry in archive.entries {
      if let other = spellings.updateValue(entry.name, forKey: entry.name.lowercased()) {
        throw WeightFileError(
          .duplicateEntry, file: file.path,
          "'\(other)' and '\(entry.name)' differ in case alone, and programs take one for the other; do not trust this file"
        )
      }
      guard entry.name.hasPrefix(folder) else {
        throw WeightFileError(
          .malformedArchive, file: file.path,
          "'\(entry.name)' lies outside '\(folder)', the folder of the first entry, which is all that PyTorch reads; do not trust this file"
        )
      }
      let name = String(entry.name.dropFirst(folder.count))
      let folded = name.lowercased()
      let isKnown = Self.known.contains(folded) || folded.hasPrefix("data/") || folded.hasPrefix("code/")
      guard !isKnown || name.hasPrefix("data/") || name.hasPrefix("code/") || name == folded else {
        throw WeightFileError(
          .duplicateEntry, file: file.path,
          "'\(entry.name)' is '\(folded)' to PyTorch and another entry to other programs; do not trust this file"
        )
      }
      entries[name] = entry
    }
    self.entries = entries
  }

  /// The entry of a name below the folder.
  subscript(name: String) -> ZipEntry? { entries[name] }
}
