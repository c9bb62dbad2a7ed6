package import Files
import Messages

/// The kind of a file by its first bytes.
package enum FileKind {
  case pytorch(TorchArchive.Container)
  /// A safetensors file, or an index of several.
  case safetensors
  /// An ONNX model.
  case onnx
  /// A checkpoint of this program.
  case checkpoint
  /// Any other kind, in words.
  case other(String)

  /// The bytes that tell the kinds apart: those of a TAR archive's first header.
  static let startSize = 512

  /// - Throws: ``WeightFileError`` with `empty`, or the reason why the file cannot be read.
  package init(_ file: InputFile) throws(WeightFileError) {
    guard file.size > 0 else { throw WeightFileError(.empty, file: file.path, "the file is empty") }
    let start = try file.array(in: 0..<min(Self.startSize, file.size))
    if start.starts(with: [0x50, 0x4B, 3, 4]) {
      self = .pytorch(.zip)
    } else if Self.isTorchStream(start) {
      self = .pytorch(.stream)
    } else if start.count >= 262, start[257..<262].elementsEqual("ustar".utf8) {
      self = .pytorch(.tar)
    } else if looksLikeSafetensors(firstBytes: start) {
      self = .safetensors
    } else if start.starts(with: [0x8D] + Array("RZO".utf8)) {
      self = .checkpoint
    } else if Self.isONNX(start) {
      self = .onnx
    } else {
      self = .other(Self.words(start))
    }
  }

  /// A pickle of the number 0x1950A86A20F9469CFC6C, in any binary protocol.
  private static func isTorchStream(_ start: [UInt8]) -> Bool {
    let magic: [UInt8] = [0x8A, 0x0A, 0x6C, 0xFC, 0x9C, 0x46, 0xF9, 0x20, 0x6A, 0xA8, 0x50, 0x19]
    guard start.first == 0x80, start.count > 2 else { return false }
    return (2..<min(16, start.count)).contains { start[$0...].starts(with: magic) }
  }

  /// The version of the format as field 1, then a field of the model, all but the graph with few bytes.
  private static func isONNX(_ start: [UInt8]) -> Bool {
    let fields: [UInt8] = [0x12, 0x1A, 0x22, 0x28, 0x32, 0x3A, 0x42, 0x72]
    return start.count > 3 && start[0] == 8 && (1..<32).contains(start[1]) && fields.contains(start[2])
  }

  private static func words(_ start: [UInt8]) -> String {
    let signatures: [([UInt8], String)] = [
      ([0x1F, 0x8B], "a gzip file; unpack it first"),
      ([0x50, 0x4B, 5, 6], "an empty zip archive"),
      ([0x89] + Array("HDF".utf8), "an HDF5 file, as Keras writes it"),
      ([0x93] + Array("NUMPY".utf8), "a NumPy array"),
      (Array("GGUF".utf8), "a GGUF file"),
      ([0x80], "a Python pickle that PyTorch did not write"),
    ]
    if let (_, words) = signatures.first(where: { start.starts(with: $0.0) }) { return words }
    let text = String(decoding: start, as: UTF8.self).drop { $0.isWhitespace }.lowercased()
    if text.hasPrefix("<!doctype") || text.hasPrefix("<html") {
      return "an HTML page, perhaps an error message in place of a download"
    }
    if text.hasPrefix("version https://git-lfs") {
      return "a Git LFS pointer, not the file that it stands for"
    }
    if start.allSatisfy({ $0 >= 0x20 && $0 < 0x7F || (9...13).contains($0) }) { return "a text file" }
    return "a file of an unknown kind"
  }
}
