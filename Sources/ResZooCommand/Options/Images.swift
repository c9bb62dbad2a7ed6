import ResZoo

/// The images that operands name.
struct Images {
  let sources: [ImageSource]
  /// True if a folder could not be listed; the user was told.
  let hasUnreadableFolders: Bool

  /// The paths of the images that are files.
  var paths: [String] { sources.map(\.path) }

  /// - Parameter operands: files, folders, or '-' for paths or an image on standard input.
  /// - Throws: ``Failure`` when there is no image at all.
  init(_ operands: [String]) throws(Failure) {
    self = try Terminal.timed("images listed") { () throws(Failure) in try Images(listing: operands) }
  }

  private init(listing operands: [String]) throws(Failure) {
    var files = ImageFiles()
    var sources: [ImageSource] = []
    for operand in operands {
      let before = files.paths.count
      if operand == "-" {
        switch try StandardInput() {
        case .paths(let paths): for path in paths { files.add(path) }
        case .image(let bytes): sources.append(.data(name: operand, bytes: bytes))
        }
      } else {
        files.add(operand)
      }
      sources += files.paths[before...].map(ImageSource.file)
    }
    for folder in files.unreadable { Terminal.fail("\(folder.path): \(folder.reason)") }
    Terminal.note(files.leftOut)
    guard !sources.isEmpty else {
      let places = operands.map { $0 == "-" ? "the paths on standard input" : $0 }
      throw Failure(.noInput, "there are no images in \(places.joined(separator: ", "))")
    }
    self.sources = sources
    hasUnreadableFolders = !files.unreadable.isEmpty
  }
}
