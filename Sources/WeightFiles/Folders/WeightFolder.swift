import Files
package import Messages

/// The file of weights that a path leads to: itself, or the one that a folder of a model hub holds.
package struct WeightLocation {
  /// The file, its index if it is in several, or the folder of a raw export.
  package var path: String
  /// Sentences about the choice.
  package var notes: [Remark] = []

  /// Finds the weights in a folder. Anything but a folder, and the folder of a raw export, is the location itself.
  ///
  /// - Throws: ``WeightFileError`` with `notFound` when a folder holds no weights, with `ambiguousFolder` when it holds several and
  ///   no name tells which are meant, or with `unknownFormat` for folders of another kind.
  package init(_ path: String) throws(WeightFileError) {
    self.path = path
    guard isFolder(path) else { return }
    var path = path
    while path.utf8.count > 1, path.hasSuffix("/") { path.removeLast() }
    if let kind = ForeignKind(folder: path) { throw WeightFileError(kind, file: path) }
    let names = FolderListing.entries(of: path, atMost: WeightFolder.entryLimit) ?? []
    if names.contains("manifest.json") || names.contains("weights.bin") { return }
    let folder = try WeightFolder(path: path, names: names.sorted()).resolved()
    let choice = try folder.choice()
    self.path = folder.path + "/" + choice
    notes = [folder.note(on: choice)]
  }
}

/// A folder as model hubs have them.
struct WeightFolder {
  let path: String
  let names: [String]

  /// Most entries of a folder that are looked at.
  static let entryLimit = 1 << 16
  /// Most names in a message.
  private static let shownCount = 8

  /// The names by which timm and transformers find weights, the first one first.
  private static let usualNames = [
    "model.safetensors", "model.safetensors.index.json", "pytorch_model.bin", "pytorch_model.bin.index.json",
    "pytorch_model.safetensors", "pytorch_model.pth", "model.pth",
  ]
  private static let endings = [[".safetensors"], [".bin", ".pth", ".pt", ".th"]]

  /// The folder itself, or the snapshot in a hub's cache.
  func resolved() throws(WeightFileError) -> WeightFolder {
    guard names.contains("snapshots"), names.contains("refs") || names.contains("blobs") else { return self }
    let snapshots = FolderListing.entries(of: path + "/snapshots", atMost: Self.entryLimit) ?? []
    var name = snapshots.count == 1 ? snapshots[0] : nil
    if name == nil, let file = try? InputFile(path: path + "/refs/main"),
      let bytes = try? file.readAll(limit: 256)
    {
      let reference = String(decoding: bytes, as: UTF8.self).filter { !$0.isWhitespace }
      name = snapshots.contains(reference) ? reference : nil
    }
    guard let name else {
      throw WeightFileError(
        .ambiguousFolder, file: path,
        "this is a hub's cache with \(snapshots.count) snapshots; give one of the folders in 'snapshots'")
    }
    let inner = path + "/snapshots/" + name
    let names = FolderListing.entries(of: inner, atMost: Self.entryLimit) ?? []
    return WeightFolder(path: inner, names: names.sorted())
  }

  /// The name of the file to read.
  func choice() throws(WeightFileError) -> String {
    if let usual = Self.usualNames.first(where: names.contains) { return usual }
    let indices = names.filter { $0.hasSuffix(".safetensors.index.json") || $0.hasSuffix(".bin.index.json") }
    if indices.count == 1 { return indices[0] }
    if indices.count > 1 { throw competing(indices) }
    for endings in Self.endings {
      let files = candidates(endings)
      if files.count == 1 { return files[0] }
      if files.count > 1 { throw competing(files) }
    }
    throw nothing
  }

  /// The files that may be weights.
  private func candidates(_ endings: [String]) -> [String] {
    names.filter { name in
      !name.hasPrefix(".") && endings.contains { name.hasSuffix($0) }
        // A Trainer keeps its arguments and its optimizer in files that end like weights.
        && !["training_args.bin", "optimizer.pt", "optimizer.bin", "scheduler.pt"].contains(name)
    }
  }

  /// The sentence about a choice.
  func note(on choice: String) -> Remark {
    let stem = choice.replacing(".index.json", with: "").split(separator: ".").first.map(String.init) ?? ""
    let others = candidates(Self.endings.flatMap(\.self)).filter { name in
      // The shards of the chosen index are no others.
      name != choice && !(choice.hasSuffix(".index.json") && name.hasPrefix(stem + "-"))
    }
    guard !others.isEmpty else { return "weights: \(choice.printable) of the folder" }
    return "weights: \(choice.printable) of the folder; not read: \(Self.list(others))"
  }

  private func competing(_ files: [String]) -> WeightFileError {
    WeightFileError(
      .ambiguousFolder, file: path,
      "the folder holds several files of weights: \(Self.list(files)). Give the one that is meant.")
  }

  private var nothing: WeightFileError {
    let kinds: [(sign: (String) -> Bool, words: String)] = [
      ({ $0 == "saved_model.pb" || $0 == "keras_metadata.pb" }, "a TensorFlow SavedModel"),
      ({ $0.hasSuffix(".distcp") }, "a distributed checkpoint of PyTorch; join it with dcp_to_torch_save"),
      ({ $0 == "tf_model.h5" }, "weights for TensorFlow alone (tf_model.h5)"),
      ({ $0 == "flax_model.msgpack" }, "weights for Flax alone (flax_model.msgpack)"),
      ({ $0 == "data.pkl" }, "an unpacked PyTorch file; pack it as the .zip that it was"),
    ]
    if let (_, words) = kinds.first(where: { names.contains(where: $0.sign) }) {
      return WeightFileError(
        .unknownFormat, file: path,
        "the folder is \(words), which is not read; give a .safetensors or .pth file")
    }
    return WeightFileError(
      .notFound, file: path,
      "the folder holds no weights: looked for manifest.json (of a raw export), \(Self.usualNames.prefix(4).joined(separator: ", ")), "
        + "and one file that ends in .safetensors, .bin, .pth, .pt or .th"
    )
  }

  private static func list(_ names: [String]) -> Remark {
    let rest = names.count > shownCount ? " and \(names.count - shownCount) more" : ""
    return Remark(names.prefix(shownCount).map(\.printable).joined(separator: ", ") + rest)
  }
}
