import Files
import Messages

extension FileKind {
  /// The kind of a zip archive by the names in it; one of PyTorch's where they do not tell, or cannot be followed.
  init(zip file: InputFile) {
    let names = (try? ZipArchive(file).entries)?.map(\.name) ?? []
    // PyTorch finds it in any case.
    if names.contains(where: { ("/" + $0.lowercased()).hasSuffix("/data.pkl") }) {
      self = .pytorch(.zip)
    } else if names.contains("model.weights.h5") {
      self = .keras
    } else if names.contains(where: { $0.hasSuffix(".npy") }) {
      self = .numpy
    } else {
      self = ForeignKind(zipOf: names).map(Self.other) ?? .pytorch(.zip)
    }
  }
}

extension ForeignKind {
  /// The kind of a zip archive that is none of PyTorch's; nil where the names in it do not tell.
  init?(zipOf names: [String]) {
    func has(_ test: (String) -> Bool) -> Bool { names.contains(where: test) }
    func ends(_ ending: String) -> (String) -> Bool {
      { name in name == ending || name.hasSuffix("/" + ending) }
    }
    if has(ends("archive_format")) || has(ends("serialized_exported_program.json")) {
      self.init(
        "a program of torch.export (.pt2)",
        "save the state_dict of the module that it was exported from, or of the loaded program")
    } else if has({ $0.contains(".data/extern_modules") }) {
      self.init("a package of torch.package", "load it in Python and save the module's state_dict")
    } else if let inner = names.first(where: Self.isModel) {
      self.init("a zip archive with '\(inner.printable.suffix(80))' in it", Self.unpack)
    } else if has({ $0 == "[Content_Types].xml" }) {
      self.init("an Office document", Self.usual)
    } else {
      return nil
    }
  }

  /// The kind of a TAR archive that is not one of PyTorch's; nil of one that is, or that cannot be followed.
  ///
  /// - Parameter start: the file's first bytes.
  init?(tar file: InputFile, _ start: [UInt8]) {
    // Headers that PyTorch's writer never used: long names and extended attributes.
    let isForeign = start.count > 156 && "xgLK".utf8.contains(start[156])
    guard isForeign || (try? TarArchive(file)).map({ $0.entries["pickle"] == nil }) == true else {
      return nil
    }
    self.init("a TAR archive", Self.unpack)
  }

  /// True if a name promises weights or a model.
  private static func isModel(_ name: String) -> Bool {
    let endings = [
      ".pth", ".pt", ".th", ".ckpt", ".bin", ".safetensors", ".onnx", ".h5", ".keras", ".pb", ".rzoo",
      ".tflite",
    ]
    return endings.contains { name.hasSuffix($0) }
  }

  /// The kind of a folder that holds a model of another program; nil of a folder that shows none.
  init?(folder path: String) {
    let names = Set(FolderListing.entries(of: path, atMost: 10_000) ?? [])
    guard !names.contains("manifest.json") else { return nil }
    if names.contains("saved_model.pb") || names.contains("keras_metadata.pb") {
      self.init(
        "a SavedModel folder of TensorFlow",
        "load it with Keras or TensorFlow and save its weights as .safetensors")
    } else if names.contains("Manifest.json"), names.contains("Data") {
      self.init("a Core ML package", "give the weights of the network that it was made from")
    } else if names.contains("checkpoint"), names.contains(where: { $0.hasSuffix(".index") }) {
      self.init("a folder with checkpoints of TensorFlow", Self.resave)
    } else {
      return nil
    }
  }
}
