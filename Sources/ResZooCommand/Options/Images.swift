import ResZoo

/// The images that operands name.
struct Images {
  let sources: [ImageSource]
  /// True if a folder could not be listed; the user was told.
  let hasUnreadable: Bool

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
        case .paths(let paths):
          for path in paths {
            if path.isLegible { files.add(path.text) } else { files.addIllegible(path.text) }
          }
        case .image(let bytes): sources.append(.data(name: operand, bytes: bytes))
        }
      } else {
        files.add(operand)
      }
      sources += files.paths.indices[before...].map { index in
        let path = files.paths[index]
        return files.illegible.contains(index) ? .illegible(name: path) : .file(path: path)
      }
    }
    for file in files.unreadable { Terminal.fail("\(file.path): \(file.reason)") }
    Terminal.note(files.leftOut)
    guard !sources.isEmpty else {
      let places = operands.map { $0 == "-" ? "the paths on standard input" : $0 }
      throw Failure(.noInput, "there are no images in \(places.joined(separator: ", "))")
    }
    self.sources = sources
    hasUnreadable = !files.unreadable.isEmpty
  }
}
