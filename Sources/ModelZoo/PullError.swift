public import Files
public import Importers
import Messages
public import ModelDescriptor
public import ResNetModel

/// Why a published file did not become a checkpoint in the cache.
public enum PullError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The file could not be downloaded, or is not the one that is published.
  case transfer(TransferError)
  /// The cache cannot be written or read.
  case file(FileError)
  /// This version cannot run the network; nothing was downloaded.
  case architecture(DescriptorError)
  /// The downloaded file does not hold the weights that it should.
  case weights(ImportError)
  /// The checkpoint could not be written.
  case checkpoint(ModelError)
  /// Something else lies in the cache where the checkpoint belongs.
  case cached(CacheFault)

  /// The kind of fault of a transfer; nil for other errors.
  var transferCode: TransferError.Code? {
    if case .transfer(let error) = self { error.code } else { nil }
  }

  /// The same error, with the bytes of the file that are kept for the next attempt.
  func keeping(_ byteCount: UInt64) -> PullError {
    guard case .transfer(var error) = self else { return self }
    error.keptByteCount = byteCount
    return .transfer(error)
  }

  public var description: String {
    switch self {
    case .transfer(let error): error.description
    case .file(let error): error.description
    case .architecture(let error): error.description
    case .weights(let error): error.description
    case .checkpoint(let error): error.description
    case .cached(let fault): fault.description
    }
  }
}

/// A file in the cache that is not the checkpoint that belongs there.
public struct CacheFault: Hashable, Sendable, CustomStringConvertible {
  /// The path of the file.
  public let path: String
  /// The fault in words. It does not repeat the path.
  public let message: String

  public var description: String { "\(path): \(message)" }
}
