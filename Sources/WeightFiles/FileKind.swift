package import Files
import Messages
import TensorCore

/// The kind of a file by its first bytes, and of an archive by the names in it.
package enum FileKind {
  case pytorch(TorchArchive.Container)
  /// A safetensors file, or an index of several.
  case safetensors
  /// NumPy's arrays in a zip archive.
  case numpy
  /// HDF5, as Keras writes it.
  case hdf5
  /// A `.keras` archive.
  case keras
  /// An ONNX model.
  case onnx
  /// A checkpoint of this program.
  case checkpoint
  /// Any other kind.
  case other(ForeignKind)

  /// The bytes that tell the kinds apart: those of a TAR archive's first header.
  static let startSize = 512

  /// - Throws: ``WeightFileError`` with `empty`, or the reason why the file cannot be read.
  package init(_ file: InputFile) throws(WeightFileError) {
    guard file.size > 0 else { throw WeightFileError(.empty, file: file.path, "the file is empty") }
    let start = try file.array(in: 0..<min(Self.startSize, file.size))
    if start.starts(with: [0x50, 0x4B, 3, 4]) {
      self = Self(zip: file)
    } else if start.first == 0x80, TarArchive.isHeader(start) {
      throw WeightFileError(
        .malformedArchive, file: file.path,
        "is a pickle and a TAR archive at once: programs differ in which of them they read, so what it holds is not certain; do not trust this file"
      )
    } else if Self.isTorchStream(start) {
      self = .pytorch(.stream)
    } else if Self.isPickle(start) {
      self = .pytorch(.pickle)
    } else if start.count >= 262, start[257..<262].elementsEqual("ustar".utf8) {
      self = ForeignKind(tar: file, start).map(Self.other) ?? .pytorch(.tar)
    } else if looksLikeSafetensors(firstBytes: start) {
      self = .safetensors
    } else if start.starts(with: [0x89] + Array("HDF\r\n\u{1A}\n".utf8)) {
      self = .hdf5
    } else if start.starts(with: [0x8D] + Array("RZO".utf8)) {
      self = .checkpoint
    } else if Self.isONNX(start) {
      self = .onnx
    } else {
      self = .other(ForeignKind(start, path: file.path))
    }
  }

  /// A pickle of the number 0x1950A86A20F9469CFC6C, in any binary protocol.
  private static func isTorchStream(_ start: [UInt8]) -> Bool {
    let magic: [UInt8] = [0x8A, 0x0A, 0x6C, 0xFC, 0x9C, 0x46, 0xF9, 0x20, 0x6A, 0xA8, 0x50, 0x19]
    guard start.first == 0x80, start.count > 2 else { return false }
    return (2..<min(16, start.count)).contains { start[$0...].starts(with: magic) }
  }

  /// A pickle of protocol 2 or later, or an array of NumPy whose elements are objects, which is one behind its header.
  private static func isPickle(_ start: [UInt8]) -> Bool {
    if start.starts(with: [0x93] + Array("NUMPY".utf8)) {
      return (try? NPY.parseHeader(start))?.0.type.contains("O") == true
    }
    return start.count > 1 && start[0] == 0x80 && (2...5).contains(start[1])
  }

  /// The version of the format as field 1, then a field of the model, all but the graph with few bytes.
  private static func isONNX(_ start: [UInt8]) -> Bool {
    let fields: [UInt8] = [0x12, 0x1A, 0x22, 0x28, 0x32, 0x3A, 0x42, 0x72]
    // A Core ML model begins alike, with a message where a producer's name would be.
    let isMessage = start.count > 4 && start[2] == 0x12 && start[4] == 0x0A
    return start.count > 3 && start[0] == 8 && (1..<32).contains(start[1]) && fields.contains(start[2])
      && !isMessage
  }
}
