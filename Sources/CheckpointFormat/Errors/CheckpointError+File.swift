import Files

extension CheckpointError {
  /// A fault of the file itself.
  init(_ error: FileError) {
    let code: Code =
      switch error.code {
      case .notFound: .notFound
      case .permissionDenied, .exists: .permissionDenied
      case .notARegularFile: .notARegularFile
      case .readFailed: .readFailed
      case .shortened: .truncated
      case .tooLarge, .badPath: .invalidInput
      case .folderNotFound: .folderNotFound
      case .diskFull: .diskFull
      case .writeFailed: .writeFailed
      }
    self.init(code, at: error.offset, error.message)
  }
}
