import Files

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
