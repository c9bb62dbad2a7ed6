import Files
import Messages

extension ForeignKind {
  /// The kind of a zip archive that is not one of PyTorch's; nil of one that is, or that cannot be followed.
  init?(zip file: InputFile) {
    guard let entries = try? ZipArchive(file).entries else { return nil }
    let names = entries.map(\.name)
    func has(_ test: (String) -> Bool) -> Bool { names.contains(where: test) }
    func ends(_ ending: String) -> (String) -> Bool {
      { name in name == ending || name.hasSuffix("/" + ending) }
    }
    if has(ends("data.pkl")) { return nil }
    if has(ends("model.weights.h5")) || has(ends("metadata.json")) && has(ends("config.json")) {
      self.init("a Keras model", "load it with Keras and save its weights as .safetensors")
    } else if has({ $0.hasSuffix(".npy") }) {
      self.init("an archive of NumPy arrays", "save the arrays by their names as .safetensors")
    } else if has(ends("archive_format")) || has(ends("serialized_exported_program.json")) {
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
      self.init(
        "a zip archive without 'data.pkl', which is not one of PyTorch's", Self.usual, isKnown: false)
    }
  }

  /// The kind of a TAR archive that is not one of PyTorch's; nil of one that is.
  ///
  /// - Parameter start: the file's first bytes.
  init?(tar file: InputFile, _ start: [UInt8]) {
    let parts = ["pickle", "storages", "tensors", "sys_info"]
    let first = String(decoding: start.prefix(100).prefix { $0 != 0 }, as: UTF8.self)
    let isTorch =
      parts.contains { first == $0 || first == "./" + $0 } || (try? TarArchive(file).entries["pickle"]) != nil
    guard !isTorch else { return nil }
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
