public import Messages
import PublishedModels

/// Why a file could not be downloaded. Two errors are equal when their codes are equal.
public struct TransferError: CodedError {
  /// The kind of fault.
  public enum Code: String, Hashable, Sendable {
    /// This system has no libcurl.
    case noLibrary
    /// The address cannot be one.
    case badAddress
    /// Too little of the file's SHA-256 is known to take it from an address that is not encrypted.
    case weakCheck
    /// The server leads to an address that cannot be one, or that is not allowed.
    case badRedirect
    /// The name of the server or of the proxy has no address: there is no network, or the name is wrong.
    case noHost
    /// The server or the proxy cannot be reached or does not take connections.
    case noConnection
    /// The server says nothing for too long, or too little.
    case timeout
    /// The server cannot prove that it is the one of the address.
    case untrusted
    /// One redirect leads to the next, more than ten times.
    case redirects
    /// The answer ends before all of it has come.
    case brokenOff
    /// The server answers with a status other than success.
    case status
    /// The server does not answer as HTTP servers do.
    case notHTTP
    /// The file is longer or shorter than the one that is published.
    case wrongSize
    /// The file's SHA-256 is not that of the one that is published.
    case wrongDigest
    /// The file is of another kind than its name says.
    case wrongKind
    /// Anything else.
    case other
  }

  /// The kind of fault.
  public let code: Code
  /// The address of the download, without a name and a password.
  public let address: String
  /// The status of the server's answer; nil when there was none.
  public let status: Int?
  /// The fault in words, with the values and a way out. It does not repeat the address.
  public let message: String
  /// The bytes of the file that have come and are kept for the next attempt.
  public internal(set) var keptByteCount: UInt64 = 0

  init(_ code: Code, address: String, status: Int? = nil, _ message: String) {
    self.code = code
    self.address = address.withoutCredentials
    self.status = status
    self.message = message
  }

  public var subject: String? { address }
}

extension TransferError {
  /// The server answers with something else than the file.
  init(status: Int, address: String) {
    let what =
      switch status {
      case 401, 407: "it asks for a name and a password"
      case 403: "it refuses to give the file"
      case 404, 410: "the file is not there"
      case 408, 429: "it is too busy; try again later"
      case 500...599: "it has a fault; try again later"
      default: "it does not give the file"
      }
    self.init(.status, address: address, status: status, "the server answers with status \(status): \(what)")
  }
}
