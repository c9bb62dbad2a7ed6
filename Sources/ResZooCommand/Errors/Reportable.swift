import Files
import ResZoo

/// An error of a library, as the command line reports it.
protocol Reportable: Error {
  /// The exit code's reason when the error comes from a task of this kind.
  func reason(_ task: ReportedTask) -> Failure.Reason
  /// The message, without the path where ``namesFile`` is false.
  var text: Remark { get }
  /// True if the message names the file that it is about.
  var namesFile: Bool { get }
}

/// A kind of task that an error comes from.
enum ReportedTask {
  case reading
  case writing
}

extension Reportable {
  var text: Remark { "\(self)" }
  var namesFile: Bool { false }
}

extension FileError: Reportable {
  var namesFile: Bool { true }

  func reason(_ task: ReportedTask) -> Failure.Reason {
    switch code {
    case .notFound, .readFailed, .shortened: .noInput
    case .permissionDenied, .notARegularFile: task == .reading ? .noInput : .cannotCreate
    case .tooLarge: .data
    case .folderNotFound, .badPath, .exists: .cannotCreate
    case .diskFull, .writeFailed: .writing
    }
  }
}

extension CheckpointError: Reportable {
  func reason(_ task: ReportedTask) -> Failure.Reason {
    switch code {
    case .notFound, .readFailed: .noInput
    case .permissionDenied, .notARegularFile: task == .reading ? .noInput : .cannotCreate
    case .folderNotFound: .cannotCreate
    case .diskFull, .writeFailed: .writing
    default: .data
    }
  }
}

extension ModelError: Reportable {
  func reason(_ task: ReportedTask) -> Failure.Reason {
    switch self {
    case .checkpoint(let error): error.reason(task)
    case .descriptor, .parameters: .data
    }
  }
}

extension DescriptorError: Reportable {
  func reason(_ task: ReportedTask) -> Failure.Reason { .data }
}

extension ImageError: Reportable {
  /// The path is said in front of it, as it was given.
  var text: Remark { Remark(message) }

  func reason(_ task: ReportedTask) -> Failure.Reason {
    switch code {
    case .notFound, .noPermission, .notAFile, .unreadable: .noInput
    default: .data
    }
  }
}

extension InferenceError: Reportable {
  func reason(_ task: ReportedTask) -> Failure.Reason { code == .memory ? .resources : .data }
}

extension ClassificationError: Reportable {
  var text: Remark {
    switch self {
    case .image(let error): error.text
    case .inference(let error): error.text
    }
  }

  func reason(_ task: ReportedTask) -> Failure.Reason {
    switch self {
    case .image(let error): error.reason(task)
    case .inference(let error): error.reason(task)
    }
  }
}

extension FeatureError: Reportable {
  func reason(_ task: ReportedTask) -> Failure.Reason {
    switch self {
    case .unknownPath: .usage
    case .inference(let error): error.reason(task)
    }
  }
}

extension SimilarityError: Reportable {
  /// A missing library is no fault of the file that is at hand.
  var namesFile: Bool { subject != nil || code == .missingLibrary }

  func reason(_ task: ReportedTask) -> Failure.Reason {
    switch code {
    case .missingLibrary: .unavailable
    case .tooLarge: .resources
    case .noImages: .noInput
    case .notVectors, .otherWidth, .otherModel: .usage
    case .notFinite, .notAnIndex, .newerVersion, .damaged, .noConvergence: .data
    case .file: fileError?.reason(task) ?? .data
    }
  }
}

extension ExplanationError: Reportable {
  var text: Remark {
    switch self {
    case .image(let error): error.text
    case .inference(let error): error.text
    case .training(let error): error.text
    default: Remark(description)
    }
  }

  func reason(_ task: ReportedTask) -> Failure.Reason {
    switch self {
    case .unknownPath, .unknownClass, .ambiguousClass, .classOutOfRange, .options, .comparison, .noPlaces,
      .notLinear:
      .usage
    case .image(let error): error.reason(task)
    case .inference(let error): error.reason(task)
    case .training(let error): error.reason(task)
    }
  }
}

extension QuantizationError: Reportable {
  func reason(_ task: ReportedTask) -> Failure.Reason {
    switch self {
    case .noImages, .noAnswers: .noInput
    case .unknownLayer, .noLayers: .usage
    case .notFinite, .range, .weights, .alreadyQuantized: .data
    case .inference(let error): error.reason(task)
    case .model(let error): error.reason(task)
    }
  }
}

extension ConfidenceError: Reportable {
  func reason(_ task: ReportedTask) -> Failure.Reason {
    switch self {
    case .answer: .usage
    case .noImages: .noInput
    case .memory: .resources
    }
  }
}

extension AuditError: Reportable {
  var namesFile: Bool { true }

  func reason(_ task: ReportedTask) -> Failure.Reason {
    switch code {
    case .options: .usage
    case .data, .network: .data
    }
  }
}

extension LesionError: Reportable {
  var namesFile: Bool { subject != nil }

  func reason(_ task: ReportedTask) -> Failure.Reason {
    switch code {
    case .network, .images: .data
    case .options: .usage
    case .busy: .cannotCreate
    }
  }
}

extension DatasetError: Reportable {
  var namesFile: Bool { true }

  func reason(_ task: ReportedTask) -> Failure.Reason {
    switch code {
    case .options: .usage
    case .data: .data
    case .file: .noInput
    }
  }
}

extension TrainingError: Reportable {
  var namesFile: Bool { true }

  func reason(_ task: ReportedTask) -> Failure.Reason {
    switch code {
    case .options, .selection: .usage
    case .data, .network, .diverged, .state: .data
    case .memory: .resources
    case .busy: .cannotCreate
    case .file: task == .reading ? .noInput : .writing
    }
  }
}

extension ImportError: Reportable {
  var namesFile: Bool { true }

  func reason(_ task: ReportedTask) -> Failure.Reason {
    switch code {
    case .file(.notFound), .file(.wrongKind), .file(.unreadable): .noInput
    default: .data
    }
  }
}

extension ExportError: Reportable {
  var namesFile: Bool {
    if case .file = self { true } else { false }
  }

  func reason(_ task: ReportedTask) -> Failure.Reason {
    switch self {
    case .file(let error): error.reason(.writing)
    case .names, .unsupported, .descriptor, .tooLarge: .data
    }
  }
}
