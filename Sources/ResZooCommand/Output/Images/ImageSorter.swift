import Files
import ResZoo

/// Puts images into a folder for each class.
struct ImageSorter {
  private let folder: String
  private let form: FileCopies.Form
  private let names: ClassFolderNames
  private let answer: Architecture.Answer
  /// The probability below which an image is of no class.
  private let minimum: Double
  private var free = FreeNames()
  private var made: Set<ExactText> = []

  /// The probability from which a class of several counts, and yes or no, unless another was asked for.
  private static let usualMinimum = 0.5

  /// - Parameters:
  ///   - minimum: the probability below which an image is of no class; nil for the usual one.
  ///   - inputs: the images that will be sorted.
  /// - Throws: ``Failure`` when the folder cannot be made, or some image lies in it.
  init(
    into folder: String, as form: FileCopies.Form, of descriptor: ModelDescriptor, minimum: Double?,
    inputs: [ImageSource]
  ) throws(Failure) {
    self.folder = folder
    self.form = form
    names = ClassFolderNames(descriptor)
    answer = descriptor.architecture.answer
    self.minimum = minimum ?? (answer == .one ? 0 : Self.usualMinimum)
    try reporting(output: folder) {
      try makeFolders(folder)
    }
    try requireOutside(folder, inputs, purpose: "into which images are sorted")
    guard form == .copy || !inputs.contains(where: { if case .data = $0 { true } else { false } }) else {
      throw Failure(.usage, "an image on standard input cannot be linked to; leave out --link to copy it")
    }
  }

  /// The number of classes that each result must list.
  func topCount(of network: Architecture) -> Int { answer == .several ? network.classes : 1 }

  /// Puts an image into the folders of its classes.
  mutating func add(_ source: ImageSource, _ classification: Classification) throws(Failure) {
    let classes = classes(of: classification)
    for name in classes.isEmpty ? [ClassFolderNames.unsure] : classes.map({ names[$0] }) {
      try put(source, into: folder + "/" + name)
    }
  }

  private func classes(of classification: Classification) -> [Int] {
    switch answer {
    case .one: classification.top.prefix(1).filter { $0.probability >= minimum }.map(\.index)
    case .several: classification.top.filter { $0.probability >= minimum }.map(\.index)
    case .binary:
      classification.top.prefix(1).compactMap { yes in
        let isYes = yes.probability >= 0.5
        return max(yes.probability, 1 - yes.probability) >= minimum ? (isYes ? 1 : 0) : nil
      }
    }
  }

  private mutating func put(_ source: ImageSource, into folder: String) throws(Failure) {
    do {
      if made.insert(ExactText(folder)).inserted { try makeFolders(folder) }
      switch source {
      case .file(let path):
        try free.place(path.lastPathPart, in: folder) { (target) throws(FileError) in
          try FileCopies.isMade(form, of: path, at: target)
        } make: { (target) throws(FileError) in
          try FileCopies.make(form, of: path, at: target)
        }
      case .data(_, let bytes):
        try free.place("image.\(imageExtension(of: bytes) ?? "bin")", in: folder, holding: bytes)
      case .record, .member, .illegible: preconditionFailure("\(source) is no file")
      }
    } catch {
      throw Failure(error, output: error.path)
    }
  }
}

/// Refuses images that lie in a folder into which results go, where a second run would take these for inputs.
func requireOutside(_ folder: String, _ inputs: [ImageSource], purpose: String) throws(Failure) {
  let whole = try reporting(output: folder) { try FileCopies.resolved(folder) + "/" }
  for case .file(let path) in inputs
  where (try? FileCopies.absolute(path))?.utf8.starts(with: whole.utf8) == true {
    throw Failure(
      .usage, "\(path): lies in \(folder), \(purpose); leave that folder out, or name another one")
  }
}
