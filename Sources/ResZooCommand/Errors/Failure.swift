import ArgumentParser
import Files
import Platform
import ResZoo

/// A command that could not be done: the one place where errors become words and exit codes.
struct Failure: Error {
  let exitCode: ExitCode
  /// Nil when everything has been said already.
  let message: String?

  /// The exit codes of sysexits.h; `reszoo --help` lists them.
  enum Reason: Int32 {
    case partial = 1
    case usage = 64
    case data = 65
    case noInput = 66
    case unavailable = 69
    case resources = 70
    case cannotCreate = 73
    case writing = 74
  }

  init(_ reason: Reason, _ message: String? = nil) {
    exitCode = ExitCode(reason.rawValue)
    self.message = message
  }

  /// The exit code of a failure that was reported already.
  init(silent failure: Failure) {
    exitCode = failure.exitCode
    message = nil
  }

  /// Prints the message on standard error.
  func report() {
    if let message { Terminal.error("reszoo: \(message)") }
  }
}

extension Failure {
  /// Standard output could not be written.
  init(standardOutput number: Int32) {
    // A reader that has seen enough, such as 'head', is no news.
    self.init(.writing, number == EPIPE ? nil : "standard output: \(systemMessage(number))")
  }

  /// A name on the command line that nothing has.
  init(name error: DescriptorError) {
    self.init(.usage, error.description)
  }

  /// An output that would replace an input.
  init(output: String, wouldReplace input: String) {
    let name = output == input ? "\(output): it" : "\(output): it is \(input), which"
    self.init(.usage, "\(name) is read by this command and would be replaced; name another output")
  }

  init(_ error: FileError) {
    let reason: Reason =
      switch error.code {
      case .notFound, .permissionDenied, .notARegularFile, .readFailed, .shortened: .noInput
      case .tooLarge: .data
      case .folderNotFound, .badPath, .exists: .cannotCreate
      case .diskFull, .writeFailed: .writing
      }
    self.init(reason, error.description)
  }

  /// An error about a file to write.
  init(output error: FileError) {
    switch error.code {
    case .permissionDenied, .notARegularFile: self.init(.cannotCreate, error.description)
    default: self.init(error)
    }
  }

  init(_ error: CheckpointError, path: String) {
    let reason: Reason =
      switch error.code {
      case .notFound, .permissionDenied, .notARegularFile, .readFailed: .noInput
      case .folderNotFound: .cannotCreate
      case .diskFull, .writeFailed: .writing
      default: .data
      }
    self.init(reason, "\(path): \(error)")
  }

  /// An error of reading one checkpoint and writing another: that of a file to write names the output.
  init(_ error: CheckpointError, input: String, output: String) {
    switch error.code {
    case .folderNotFound, .diskFull, .writeFailed: self.init(error, path: output)
    case .permissionDenied, .notARegularFile: self.init(.cannotCreate, "\(output): \(error)")
    default: self.init(error, path: input)
    }
  }

  /// An error about a checkpoint to write.
  init(output error: ModelError, path: String) {
    if case .checkpoint(let error) = error, error.code == .permissionDenied || error.code == .notARegularFile
    {
      self.init(.cannotCreate, "\(path): \(error)")
    } else {
      self.init(error, path: path)
    }
  }

  /// An error about the parts that an untrained network is made of.
  init(untrained error: ModelError, architecture: String?, descriptor: String?, labels: String?) {
    if case .descriptor(let error) = error, let labels, error.field.hasPrefix("labels") {
      self.init(.data, "\(labels): \(error.message)")
    } else if let architecture {
      self.init(.usage, "\(architecture): \(error)")
    } else {
      self.init(error, path: descriptor ?? "")
    }
  }

  init(_ error: ModelError, path: String) {
    switch error {
    case .checkpoint(let error): self.init(error, path: path)
    case .descriptor, .parameters: self.init(.data, "\(path): \(error)")
    }
  }

  init(_ error: ImageError, path: String) {
    let reason: Reason =
      switch error.code {
      case .notFound, .noPermission, .notAFile, .unreadable: .noInput
      default: .data
      }
    self.init(reason, "\(path): \(error.message)")
  }

  init(_ error: InferenceError, path: String) {
    self.init(error.code == .memory ? .resources : .data, "\(path): \(error)")
  }

  init(_ error: ClassificationError, path: String) {
    switch error {
    case .image(let error): self.init(error, path: path)
    case .inference(let error): self.init(error, path: path)
    }
  }

  init(_ error: FeatureError, path: String) {
    switch error {
    case .unknownPath: self.init(.usage, "\(path): \(error)")
    case .inference(let error): self.init(error, path: path)
    }
  }
}
