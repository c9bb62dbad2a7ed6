/// A kind of file that no weights are read from, and a way to get weights that are.
package struct ForeignKind: Equatable {
  /// The kind with its article, for example "a Git LFS pointer".
  package let what: String
  /// A sentence's end that says what to do.
  package let wayOut: String
  /// False of a file of which nothing is known.
  package let isKnown: Bool

  init(_ what: String, _ wayOut: String, isKnown: Bool = true) {
    self.what = what
    self.wayOut = wayOut
    self.isKnown = isKnown
  }

  static let unpack = "unpack it first and give the file of weights in it"
  static let resave = "load it in Python and save its tensors as .safetensors, by their names"
  static let usual = "give a .pth, .pt, .bin, .safetensors or .onnx file"

  /// The kind of a file by its first bytes; where these say nothing, by its name.
  init(_ start: [UInt8], path: String) {
    self =
      Self.signed(start) ?? Self.text(start) ?? Self.named(path)
      ?? Self("a file of an unknown kind", Self.usual, isKnown: false)
  }

  // MARK: First bytes

  private static func signed(_ start: [UInt8]) -> Self? {
    func has(_ text: String, at offset: Int) -> Bool { start.dropFirst(offset).starts(with: text.utf8) }
    if has("TFL3", at: 4) {
      return Self("a TensorFlow Lite model", "give the weights of the network that it was made from")
    }
    if has("WEBP", at: 8) { return image }
    if let signature = signatures.first(where: { start.starts(with: $0.bytes) }) { return signature.kind }
    return nil
  }

  private static let image = Self("an image", "give the model here and the image after it")

  private static let signatures: [(bytes: [UInt8], kind: Self)] = [
    ([0x1F, 0x8B], Self("a gzip file", unpack)),
    (Array("BZh".utf8), Self("a bzip2 file", unpack)),
    ([0xFD] + Array("7zXZ".utf8), Self("an xz file", unpack)),
    ([0x28, 0xB5, 0x2F, 0xFD], Self("a Zstandard file", unpack)),
    (Array("7z".utf8) + [0xBC, 0xAF], Self("a 7-Zip archive", unpack)),
    (Array("Rar!".utf8), Self("a RAR archive", unpack)),
    ([0x50, 0x4B, 5, 6], Self("an empty zip archive", "get it again")),
    ([0x93] + Array("NUMPY".utf8), Self("a NumPy array", "save all arrays of the network as .safetensors")),
    (Array("GGUF".utf8), Self("a GGUF file, which holds a language model", usual)),
    ([0x12, 1, 0, 0, 0, 0, 0, 0], Self("a file of MXNet's parameters", resave)),
    ([0xFF, 0xD8, 0xFF], image), ([0x89] + Array("PNG".utf8), image), (Array("GIF8".utf8), image),
    (Array("II*\0".utf8), image), (Array("MM\0*".utf8), image),
    (Array("%PDF".utf8), Self("a PDF document", usual)),
    ([0x7F] + Array("ELF".utf8), Self("a program", usual)),
    (Array("SQLite format 3".utf8), Self("an SQLite database", usual)),
    (
      [0x80],
      Self("a Python pickle that PyTorch did not write", resave + ", or as a dictionary with torch.save")
    ),
  ]

  // MARK: Texts

  private static func text(_ start: [UInt8]) -> Self? {
    let text = String(decoding: start, as: UTF8.self).drop { $0.isWhitespace || $0 == "\u{FEFF}" }
      .lowercased()
    if text.hasPrefix("version https://git-lfs") {
      return Self(
        "a Git LFS pointer, not the file that it stands for",
        "run 'git lfs pull' in its repository, or download the file itself")
    }
    if text.hasPrefix("<!doctype html") || text.hasPrefix("<html") {
      return Self(
        "an HTML page, perhaps an error message in place of a download",
        "look at it in a browser, and download the file itself")
    }
    let isPlain = start.allSatisfy { $0 >= 0x20 && $0 != 0x7F || (9...13).contains($0) }
    guard isPlain, String(validating: start, as: UTF8.self) != nil || start.count == FileKind.startSize else {
      return nil
    }
    if text.hasPrefix("<?xml"), text.contains("<net ") {
      return Self("a network of OpenVINO", "give the weights of the network that it was made from")
    }
    if text.hasPrefix("<?xml") { return Self("an XML file", usual) }
    if text.hasPrefix("{") || text.hasPrefix("[") {
      return Self("a JSON file", "give the file of weights that it belongs to")
    }
    return Self("a text file", usual)
  }

  // MARK: Names

  /// The kind of a file whose format has no sign of its own.
  private static func named(_ path: String) -> Self? {
    let endings: [(ending: String, what: String)] = [
      (".mlmodel", "a Core ML model"), (".caffemodel", "a Caffe model"), (".pb", "a graph of TensorFlow"),
      (".t7", "a file of Lua Torch"), (".msgpack", "a file of Flax"),
      (".weights", "a file of Darknet's weights"),
      (".engine", "an engine of TensorRT"), (".pdiparams", "a file of Paddle's parameters"),
      (".data-00000-of-00001", "a checkpoint of TensorFlow"),
      (".index", "the index of a checkpoint of TensorFlow"),
    ]
    return endings.first { path.hasSuffix($0.ending) }.map { Self($0.what, resave) }
  }
}
