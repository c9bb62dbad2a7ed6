import ResZoo

/// The images that operands name.
struct Images {
  let paths: [String]
  /// True if a folder could not be listed; the user was told.
  let hasUnreadableFolders: Bool

  /// - Parameter operands: files, folders, or '-' for paths on standard input.
  /// - Throws: ``Failure`` when there is no image at all.
  init(_ operands: [String]) throws(Failure) {
    var files = ImageFiles()
    for operand in operands {
      if operand == "-" {
        for line in Operand.linesOfStandardInput() { files.add(line) }
      } else {
        files.add(operand)
      }
    }
    for folder in files.unreadable { Terminal.note("\(folder.path): \(folder.reason)") }
    Terminal.note(files.leftOut)
    guard !files.paths.isEmpty else {
      let places = operands.map { $0 == "-" ? "the paths on standard input" : $0 }
      throw Failure(.noInput, "there are no images in \(places.joined(separator: ", "))")
    }
    paths = files.paths
    hasUnreadableFolders = !files.unreadable.isEmpty
  }
}
