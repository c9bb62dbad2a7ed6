/// A checkpoint that is written and has no name yet, so that it can be examined before it replaces another file. Without
/// ``commit()`` it is gone.
public final class CheckpointDraft {
  /// The summary of the file.
  public let summary: CheckpointSummary

  private let file: CheckpointOutput

  init(_ file: CheckpointOutput, _ summary: CheckpointSummary) {
    self.file = file
    self.summary = summary
  }

  /// Opens the file as any reader does.
  public func open() throws(CheckpointError) -> CheckpointReader {
    try CheckpointReader(path: file.flushedPath())
  }

  /// Flushes the file to the disk and gives it its name.
  ///
  /// - Throws: as ``CheckpointWriter``.
  @discardableResult
  public func commit() throws(CheckpointError) -> CheckpointSummary {
    try file.commit()
    return summary
  }
}
