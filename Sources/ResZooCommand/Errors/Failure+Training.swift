import ResZoo

extension Failure {
  /// An error of a training, or of what it reads when `isReading` says so.
  init(_ error: TrainingError, isReading: Bool = false) {
    let reason: Reason =
      switch error.code {
      case .options, .selection: .usage
      case .data, .network, .diverged, .state: .data
      case .memory: .resources
      case .busy: .cannotCreate
      case .file: isReading ? .noInput : .writing
      }
    self.init(reason, error.message)
  }

  /// An error of a data set.
  init(_ error: DatasetError) {
    let reason: Reason =
      switch error.code {
      case .options: .usage
      case .data: .data
      case .file: .noInput
      }
    self.init(reason, error.message)
  }

  /// An error that a file which is read has led to.
  init(_ error: TrainingError, path: String) {
    self.init(TrainingError(error.code, "\(path): \(error)"), isReading: true)
  }
}
