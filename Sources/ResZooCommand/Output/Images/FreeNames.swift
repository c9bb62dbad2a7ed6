import Files

/// Names for files that are put into folders in which others lie: one that is taken gets a number, and a file that is there already from
/// an earlier run keeps its name.
struct FreeNames {
  private var taken: Set<String> = []

  /// Finds the name of a file in a folder, and makes the file under it unless it is there.
  ///
  /// - Parameters:
  ///   - name: the wished name, with its ending.
  ///   - isMade: true if the file at a path is the one that would be made.
  ///   - make: makes the file at a path where nothing is.
  mutating func place(
    _ name: String, in folder: String, isMade: (String) throws(FileError) -> Bool,
    make: (String) throws(FileError) -> Void
  ) throws(FileError) {
    let dot = name.lastIndex(of: ".").flatMap { $0 == name.startIndex ? nil : $0 } ?? name.endIndex
    var number = 1
    while true {
      let path = folder + "/" + (number == 1 ? name : "\(name[..<dot]) (\(number))\(name[dot...])")
      number += 1
      // Another image of this run has it, though both may be alike.
      guard !taken.contains(path) else { continue }
      if isThere(path) {
        guard try isMade(path) else { continue }
      } else {
        do throws(FileError) {
          try make(path)
        } catch {
          guard error.code == .exists else { throw error }
          continue
        }
      }
      taken.insert(path)
      return
    }
  }
}

extension FreeNames {
  /// Finds the name of a file with these bytes, and writes it unless it is there.
  mutating func place(_ name: String, in folder: String, holding bytes: [UInt8]) throws(FileError) {
    try place(name, in: folder) { (path) throws(FileError) in
      let file = try? InputFile(path: path)
      guard let file, file.byteCount == UInt64(bytes.count) else { return false }
      return try file.readAll(limit: bytes.count) == bytes
    } make: { (path) throws(FileError) in
      try FileCopies.write(bytes, to: path)
    }
  }
}
