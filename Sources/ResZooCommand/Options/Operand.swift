import Files
import ResZoo

/// Small files that an option names.
enum Operand {
  /// The whole of a regular file.
  static func bytes(_ path: String, limit: Int) throws(Failure) -> [UInt8] {
    try reporting(path) { try InputFile(path: path).readAll(limit: limit) }
  }

  /// Refuses an output that would replace one of the inputs or a file that is open, under whatever name, or a checkpoint, and '-', which is
  /// no file. A command that opens a model calls it when that is open, with all its bases.
  ///
  /// - Parameters:
  ///   - kind: the kind of content that is written, which the output's ending must not contradict.
  ///   - edited: a checkpoint that the command changes in place if the output is the same file.
  static func keep(
    _ inputs: [String], from output: String, as kind: OutputKind = .checkpoint, editing edited: String? = nil
  ) throws(Failure) {
    guard !output.isEmpty else { throw Failure(.usage, "an output has an empty name; name a file") }
    guard output != "-" else {
      throw Failure(
        .usage, "-: this output cannot be written to standard output; name a file ('./-' for one named '-')")
    }
    let identity = FileIdentity(path: output)
    if let identity, let input = inputs.first(where: { FileIdentity(path: $0) == identity }) {
      throw Failure(output: output, wouldReplace: input)
    }
    if let identity, let edited, FileIdentity(path: edited) == identity {
      ProtectedFiles.allow(output)
      OpenInputs.allow(output)
    }
    if let input = OpenInputs.path(replacedBy: output) { throw Failure(output: output, wouldReplace: input) }
    if output != edited { try kind.requireFitting(output) }
    if let content = ProtectedFiles.content(of: output) { throw Failure(output: output, holds: content) }
    // Some exports are folders, which are looked at when they are made.
    if !isFolder(output), output.utf8.last != UInt8(ascii: "/") {
      try reporting(output: output) { try requireWritable(output) }
    }
  }

  /// Refuses two outputs of a command that are the same file, however it is spelt.
  static func requireDifferent(_ output: String, _ other: String) throws(Failure) {
    func folder(of path: String) throws(Failure) -> String {
      let folder = FolderListing.folder(of: path)
      return try reporting(path) { try realPath(folder) ?? folder }
    }
    let isSame: Bool
    if let identity = FileIdentity(path: output) {
      isSame = identity == FileIdentity(path: other)
    } else {
      isSame =
        try ExactText(folder(of: output)) == ExactText(folder(of: other))
        && ExactText(output.lastPathPart) == ExactText(other.lastPathPart)
    }
    if isSame { throw Failure(.usage, "\(output) and \(other) are one file; name two outputs") }
  }

  /// Refuses a checkpoint that stands where images are named, when the model is none: they were given in the other order.
  static func requireModelFirst(_ model: String, _ images: [String], _ command: String) throws(Failure) {
    guard let checkpoint = images.first(where: { CheckpointReader.isCheckpoint(path: $0) }),
      !CheckpointReader.isCheckpoint(path: model)
    else { return }
    throw Failure(
      .usage,
      """
      \(checkpoint): is a checkpoint, and stands where images are named; the model comes first: reszoo \(command) \
      \(checkpoint) \(model)
      """)
  }

  /// The files that a source of weights may be read from: all of a folder but its checkpoints; else the file, and the records beside
  /// it.
  static func parts(of source: String) -> [String] {
    let records = ["config.json", "preprocessor_config.json"]
    guard let names = FolderListing.entries(of: source) else {
      let folder = FolderListing.folder(of: source)
      return [source] + records.map { folder + "/" + $0 }
    }
    return [source] + names.filter { !$0.hasSuffix(".rzoo") }.map { source + "/" + $0 }
  }

  /// Class names, in any of the forms of ``LabelList``.
  static func labels(_ path: String) throws(Failure) -> [String] {
    let bytes = try bytes(path, limit: 4 << 20)
    let labels = try reporting(path) { try LabelList.read(bytes) }
    let classes = Dictionary(grouping: labels.indices) { labels[$0] }.filter { $1.count > 1 }
    if let (name, numbers) = classes.min(by: { $0.value[0] < $1.value[0] }) {
      Terminal.warn(
        """
        \(path): \(classes.count.counted("name is", "names are")) that of several classes, told apart by their numbers: classes \
        \(numbers.prefix(3).map { "\($0)" }.joined(separator: ", ")) are '\(name)'
        """)
    }
    return labels
  }

  /// A preprocessing record: one of the presets' names, or a JSON file.
  static func preprocessing(_ name: String) throws(Failure) -> Preprocessing {
    if let preset = Preprocessing.preset(named: name) { return preset }
    guard name.hasSuffix(".json") else {
      let names = Preprocessing.presetNames.joined(separator: ", ")
      throw Failure(
        .usage, "there is no preset '\(name)'; the presets are \(names); a file must end in .json")
    }
    let bytes = try bytes(name, limit: 1 << 20)
    return try reporting(name) { try Preprocessing(json: bytes) }
  }

  /// An architecture's JSON descriptor.
  static func architecture(_ path: String) throws(Failure) -> Architecture {
    let bytes = try bytes(path, limit: 1 << 20)
    return try reporting(path) { try Architecture(json: bytes) }
  }
}
