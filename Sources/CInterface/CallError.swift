import CResZoo
import ResZoo

/// A reason why a call does nothing more.
struct CallError: Error {
  /// The statuses of reszoo.h.
  enum Status {
    case invalidArgument, closed, notFound, unreadable, damaged, changed, notSigned, noBase, unsupported
    case tooSmall, noMemory, cancelled, failed

    var code: reszoo_status { reszoo_status(number) }

    private var number: Int {
      switch self {
      case .invalidArgument: RESZOO_INVALID_ARGUMENT
      case .closed: RESZOO_CLOSED
      case .notFound: RESZOO_NOT_FOUND
      case .unreadable: RESZOO_UNREADABLE
      case .damaged: RESZOO_DAMAGED
      case .changed: RESZOO_CHANGED
      case .notSigned: RESZOO_NOT_SIGNED
      case .noBase: RESZOO_NO_BASE
      case .unsupported: RESZOO_UNSUPPORTED
      case .tooSmall: RESZOO_TOO_SMALL
      case .noMemory: RESZOO_NO_MEMORY
      case .cancelled: RESZOO_CANCELLED
      case .failed: RESZOO_FAILED
      }
    }
  }

  var status: Status
  var message: String

  init(_ status: Status, _ message: String) {
    self.status = status
    self.message = message
  }

  static func null(_ name: StaticString) -> CallError { CallError(.invalidArgument, "\(name) is NULL") }

  static func invalid(_ message: String) -> CallError { CallError(.invalidArgument, message) }

  static func closed(_ name: StaticString) -> CallError {
    CallError(.closed, "\(name) was closed, or never was a handle of this kind")
  }
}

extension CallError {
  /// An error of the libraries.
  init(_ error: any Error) {
    switch error {
    case let error as CallError: self = error
    case let error as CheckpointError: self.init(error.status, Self.text(error))
    case .checkpoint(let error) as ModelError: self.init(error.status, Self.text(error))
    case let error as ModelError: self.init(.damaged, error.description)
    case let error as InferenceError: self.init(error.status, error.description)
    case .inference(let error) as ClassificationError: self.init(error.status, error.description)
    case let error as ClassificationError: self.init(.unsupported, error.description)
    case .unknownPath as FeatureError: self.init(.notFound, "\(error)")
    case .inference(let error) as FeatureError: self.init(error.status, error.description)
    case let error as ImageError: self.init(.unsupported, error.description)
    case let error as PullError: self.init(.damaged, error.description)
    default: self.init(.failed, "\(error)")
    }
  }

  /// An error of a file that was open already.
  init(afterOpening error: any Error) {
    self.init(error)
    guard status == .damaged else { return }
    status = .changed
    message = "the file changed since it was opened: \(message)"
  }

  /// The text of an error, with what would help as members of reszoo.h.
  private static func text(_ error: CheckpointError) -> String {
    error.explanation.text { remedy in
      switch remedy {
      case .base: "reszoo_options.bases"
      default: remedy.description
      }
    }
  }
}

extension CheckpointError {
  fileprivate var status: CallError.Status {
    switch code {
    case .notFound: .notFound
    case .permissionDenied, .notARegularFile, .readFailed: .unreadable
    case .unsigned, .wrongKey, .signatureMismatch, .unknownSignatureAlgorithm: .notSigned
    case .badKey: .invalidArgument
    case .baseNotFound, .wrongBase, .baseMismatch, .baseCycle, .baseChainTooLong: .noBase
    case .decodedSizeRefused: .noMemory
    default: .damaged
    }
  }
}

extension InferenceError {
  fileprivate var status: CallError.Status { code == .memory ? .noMemory : .unsupported }
}
