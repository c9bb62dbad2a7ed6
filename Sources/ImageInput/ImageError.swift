public import Messages

/// Why an image could not become a network's input, or has no answer. Two errors are equal when their codes are equal.
public struct ImageError: CodedError {
  /// The kind of fault.
  public struct Code: Hashable, Sendable, CustomStringConvertible {
    private enum Kind: String {
      case notFound, noPermission, notAFile, unreadable
      case empty, notAnImage, otherFormat, unsupportedKind, missingLibrary
      case truncated, corrupt
      case dimensions, fileTooLarge, outOfMemory
      case invalidRecord, channels, notFinite
    }

    private let kind: Kind

    private init(_ kind: Kind) { self.kind = kind }

    /// There is no such file.
    public static let notFound = Code(.notFound)
    /// The file may not be read.
    public static let noPermission = Code(.noPermission)
    /// The path names a folder, a pipe or a device.
    public static let notAFile = Code(.notAFile)
    /// The system could not read the file.
    public static let unreadable = Code(.unreadable)
    /// There are no bytes.
    public static let empty = Code(.empty)
    /// The bytes are of no image format that is known here.
    public static let notAnImage = Code(.notAnImage)
    /// The bytes are of a format that is known by name but not read.
    public static let otherFormat = Code(.otherFormat)
    /// An image of a format that is read, but not this kind of it.
    public static let unsupportedKind = Code(.unsupportedKind)
    /// The library that decodes the image's format is not installed.
    public static let missingLibrary = Code(.missingLibrary)
    /// The bytes end before the image does.
    public static let truncated = Code(.truncated)
    /// The bytes contradict the format or their checksums.
    public static let corrupt = Code(.corrupt)
    /// A side is zero, or the image has too many pixels.
    public static let dimensions = Code(.dimensions)
    /// There are more bytes than an image may have.
    public static let fileTooLarge = Code(.fileTooLarge)
    /// There is not enough memory for the image.
    public static let outOfMemory = Code(.outOfMemory)
    /// The preprocessing record contradicts itself.
    public static let invalidRecord = Code(.invalidRecord)
    /// Images cannot become an input of so many channels.
    public static let channels = Code(.channels)
    /// A network's answer for the image has numbers that are infinite or not numbers.
    public static let notFinite = Code(.notFinite)

    public var description: String { kind.rawValue }
  }

  /// The kind of fault.
  public var code: Code
  /// The image's file; nil when the bytes came from memory.
  public var path: String?
  /// The fault in words, with the values, and a remedy. It does not repeat the path.
  public var message: String

  /// An error about one image.
  public init(_ code: Code, path: String? = nil, _ message: String) {
    self.code = code
    self.path = path
    self.message = message
  }

  public var subject: String? { path }

  /// The same fault, of the file at `path`.
  func at(_ path: String) -> ImageError {
    var error = self
    error.path = path
    return error
  }
}
