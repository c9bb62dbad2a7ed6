import Files
import TensorCore

extension CheckpointError {
  /// What went wrong with the file itself.
  init(_ error: FileError) {
    let code: Code =
      switch error.code {
      case .notFound: .notFound
      case .permissionDenied: .permissionDenied
      case .notARegularFile: .notARegularFile
      case .readFailed: .readFailed
      case .shortened: .truncated
      case .tooLarge, .badPath, .exists: .invalidInput
      case .folderNotFound: .folderNotFound
      case .diskFull: .diskFull
      case .writeFailed: .writeFailed
      }
    self.init(code, at: error.offset, error.message)
  }
}

extension InputFile {
  /// Opens a checkpoint.
  static func open(_ path: String) throws(CheckpointError) -> InputFile {
    do { return try InputFile(path: path) } catch { throw CheckpointError(error) }
  }

  /// Fills `target` with the checkpoint's bytes from `position` on.
  func fill(_ target: inout MutableRawSpan, from position: UInt64) throws(CheckpointError) {
    do { try read(at: position, into: &target) } catch { throw CheckpointError(error) }
  }

  /// The checkpoint in memory, paged in as it is used.
  func mapped() throws(CheckpointError) -> MappedFile {
    do { return try MappedFile(self) } catch { throw CheckpointError(error) }
  }
}

/// The checkpoint that a writer makes: an ``AtomicFile`` with a checkpoint's errors.
struct CheckpointOutput {
  private let file: AtomicFile

  init(path: String) throws(CheckpointError) {
    do { file = try AtomicFile(path: path) } catch { throw CheckpointError(error) }
  }

  /// Where the next byte will be written.
  var byteCount: UInt64 { file.byteCount }

  func append(_ bytes: RawSpan) throws(CheckpointError) {
    do { try file.append(bytes) } catch { throw CheckpointError(error) }
  }

  /// Appends zero bytes up to `end`.
  func pad(to end: UInt64) throws(CheckpointError) {
    do { try file.pad(to: end) } catch { throw CheckpointError(error) }
  }

  /// Overwrites the start of the file.
  func overwriteStart(_ bytes: RawSpan) throws(CheckpointError) {
    do { try file.overwriteStart(bytes) } catch { throw CheckpointError(error) }
  }

  /// Gives the file its name.
  func commit() throws(CheckpointError) {
    do { try file.commit() } catch { throw CheckpointError(error) }
  }
}
