import Deflate
import Files
import Messages
import TensorCore

/// Reads the bytes of a deflated entry front to back.
final class DeflatedStream {
  private let bytes: StoredBytes
  private let file: InputFile
  private let inflater = Inflater()
  private var piece: [UInt8] = []
  /// Bytes of the piece that were read.
  private var consumed = 0
  /// Bytes of the entry up to the end of the piece.
  private var position = 0

  init(_ bytes: StoredBytes, in file: InputFile) {
    self.bytes = bytes
    self.file = file
  }

  private func fault(_ message: String) -> WeightFileError {
    WeightFileError(
      .malformedCompression, file: file.path, "the compressed data of '\(bytes.name)' \(message)")
  }

  /// Decodes bytes to the front of `target` and returns how many: at least one.
  func next(into target: inout MutableRawSpan) throws(WeightFileError) -> Int {
    let count = try step(into: &target)
    guard count > 0 else { throw fault("end before \(bytes.byteCount) bytes came out") }
    return count
  }

  /// Checks that neither more comes out nor anything is left.
  func expectEnd() throws(WeightFileError) {
    var room = AlignedBuffer(byteCount: 1)
    var target = room.mutableBytes
    guard try step(into: &target) == 0 else { throw fault("go on beyond \(bytes.byteCount) bytes") }
    guard inflater.isFinished, consumed == piece.count, position == bytes.storedCount else {
      throw fault("end elsewhere than the archive says")
    }
  }

  /// Zero when nothing more comes out.
  private func step(into target: inout MutableRawSpan) throws(WeightFileError) -> Int {
    while !inflater.isFinished {
      if consumed == piece.count {
        guard position < bytes.storedCount else { return 0 }
        let count = min(StoredBytes.pieceSize, bytes.storedCount - position)
        piece = try file.array(in: (bytes.start + position)..<(bytes.start + position + count))
        position += count
        consumed = 0
      }
      let piece = piece
      let rest = piece.rawBytes.extracting(droppingFirst: consumed)
      guard let (read, written) = inflater.decode(piece: rest, into: &target) else {
        throw fault("are not sound")
      }
      consumed += read
      if written > 0 { return written }
      if read == 0 { return 0 }
    }
    return 0
  }
}
