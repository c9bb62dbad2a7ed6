public import Messages

/// Why a file could not be read or written. Two errors are equal when their codes are equal.
public struct FileError: CodedError {
  /// The kind of fault.
  public enum Code: String, Hashable, Sendable {
    /// There is no such file.
    case notFound
    /// The file may not be read or replaced.
    case permissionDenied
    /// The path leads to a folder, a pipe or a device.
    case notARegularFile
    /// The system could not read the file.
    case readFailed
    /// The file became shorter while it was read.
    case shortened
    /// The file has more bytes than it may have here.
    case tooLarge
    /// The folder of a file to write does not exist.
    case folderNotFound
    /// The file is there already and must not be replaced.
    case exists
    /// There is no room for the file.
    case diskFull
    /// The system could not write the file.
    case writeFailed
    /// The path cannot be one of a file.
    case badPath
  }

  /// The kind of fault.
  public let code: Code
  /// The position of the fault in the file, in bytes, where it has one.
  public let offset: UInt64?
  /// The file that it is about.
  public let path: String
  /// The fault in words, with the values, and a remedy. It does not repeat the path.
  public let message: String

  package init(_ code: Code, path: String, at offset: UInt64? = nil, _ message: String) {
    self.code = code
    self.path = path
    self.offset = offset
    self.message = message
  }

  public var subject: String? { path }
}
