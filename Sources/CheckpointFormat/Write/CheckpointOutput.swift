import Files

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

  /// The path of the temporary file, with all that was appended in it.
  func flushedPath() throws(CheckpointError) -> String {
    do { return try file.flushedPath() } catch { throw CheckpointError(error) }
  }

  /// Gives the file its name.
  func commit() throws(CheckpointError) {
    do { try file.commit() } catch { throw CheckpointError(error) }
  }
}
