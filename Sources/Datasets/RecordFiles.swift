import Files
import Messages
import TensorCore

/// The open binary files of CIFAR in which images lie.
package struct RecordFiles: Sendable {
  private let files: [ExactText: InputFile]

  /// The height and width of an image.
  package static let side = CIFARFiles.side

  /// No files.
  package init() { files = [:] }

  /// - Throws: ``DatasetError`` with ``DatasetError/Code/file``.
  package init(of sources: [ImageSource]) throws(DatasetError) {
    var files: [ExactText: InputFile] = [:]
    for case .record(let path, _) in sources where files[ExactText(path)] == nil {
      do {
        files[ExactText(path)] = try InputFile(path: path)
      } catch {
        throw DatasetError(.file, "\(error)")
      }
    }
    self.files = files
  }

  /// Lends the planes of a record's image: red, green and blue, of ``side`` × ``side`` samples each.
  ///
  /// - Throws: what `body` throws, and ``FileError``.
  package func withPlanes<Result>(
    _ path: String, _ index: Int, _ body: (Span<UInt8>) throws -> Result
  ) throws -> Result {
    guard let file = files[ExactText(path)] else {
      preconditionFailure("\(path) is not among the open files")
    }
    let offset = CIFARFiles.offsetOfImage(index, byteCount: file.byteCount, path: path)
    let block = try file.read(count: CIFARFiles.imageBytes, at: offset)
    let bytes = block.bytes
    return try unsafe bytes.withUnsafeBytes { buffer in
      try body(unsafe Span(_unsafeBytes: buffer))
    }
  }
}
