import Files

/// Names for files that are put into folders in which others lie: one that is taken gets a number, and a file that is there already from
/// an earlier run keeps its name.
struct FreeNames {
  private var taken: Set<String> = []
  /// The last number that a wished path got in this run: lower ones are taken.
  private var lastNumber: [String: Int] = [:]

  /// The most bytes of a name.
  private static let nameLimit = 255

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
    let wished = folder + "/" + name
    var number = lastNumber[wished] ?? 0
    while true {
      number += 1
      let path = folder + "/" + (number == 1 ? name : Self.numbered(name, number))
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
      lastNumber[wished] = number
      return
    }
  }

  /// A name with a number before its ending, its stem shortened where it would be too long.
  private static func numbered(_ name: String, _ number: Int) -> String {
    let dot = name.lastIndex(of: ".").flatMap { $0 == name.startIndex ? nil : $0 } ?? name.endIndex
    let end = " (\(number))\(name[dot...])"
    var stem = name[..<dot]
    while !stem.isEmpty, stem.utf8.count + end.utf8.count > nameLimit { stem.removeLast() }
    return stem + end
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
