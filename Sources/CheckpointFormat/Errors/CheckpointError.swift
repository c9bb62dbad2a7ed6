public import Messages

/// Why a checkpoint could not be read or written. Two errors are equal when their codes are equal.
public struct CheckpointError: CodedError, ExplainedError {
  /// The kind of fault.
  public var code: Code
  /// The position of the fault in the file, in bytes, where it has one.
  public var offset: UInt64?
  /// The fault in words, with the values, and a remedy.
  public var message: String

  /// An error, with the position of the fault where it has one.
  public init(_ code: Code, at offset: UInt64? = nil, _ message: String) {
    self.code = code
    self.offset = offset
    self.message = message
  }

  public var description: String {
    offset.map { "\(message) (at byte \($0))" } ?? message
  }

  public var explanation: Remark {
    let text = Remark(description)
    return switch code {
    case .baseNotFound: "\(text); name that file with \(Remedy.base)"
    case .baseChainTooLong: "\(text); \(Remedy.merging) makes complete files of them"
    case .unsigned: "\(text); \(Remedy.signing) signs a file"
    default: text
    }
  }
}

extension CheckpointError {
  /// The kinds of faults, FORMAT §10.
  public struct Code: Hashable, Sendable, CustomStringConvertible, CaseIterable {
    private enum Value: String, CaseIterable {
      case notFound, permissionDenied, notARegularFile, readFailed
      case emptyFile, badMagic, truncated, trailingBytes
      case headerChecksum, sectionTableChecksum, sectionChecksum, chunkChecksum
      case newerVersion, unknownSection, reservedNotZero, paddingNotZero
      case badHeader, badSectionTable, badSectionContent, badText, badDocument
      case badDirectory, badName, duplicateName, unsortedNames
      case unknownElementType, unknownCodec, shapeOverflow, decodedSizeRefused
      case badChunkTable, badChunkContent, badScale, contentRootMismatch, unknownTensor
      case badBase, baseNotFound, wrongBase, baseMismatch, baseCycle, baseChainTooLong
      case badSignatures, unsigned, wrongKey, signatureMismatch, unknownSignatureAlgorithm, badKey
      case folderNotFound, diskFull, writeFailed, invalidInput
    }

    private let value: Value

    /// The name of the code in FORMAT §10.
    public var description: String { value.rawValue }

    /// Every code.
    public static var allCases: [Code] { Value.allCases.map(Code.init(value:)) }
  }
}

extension CheckpointError.Code {
  // The file cannot be read.
  public static let notFound = Self(value: .notFound)
  public static let permissionDenied = Self(value: .permissionDenied)
  public static let notARegularFile = Self(value: .notARegularFile)
  public static let readFailed = Self(value: .readFailed)

  // It is not a whole checkpoint.
  public static let emptyFile = Self(value: .emptyFile)
  public static let badMagic = Self(value: .badMagic)
  public static let truncated = Self(value: .truncated)
  public static let trailingBytes = Self(value: .trailingBytes)

  // A checksum differs.
  public static let headerChecksum = Self(value: .headerChecksum)
  public static let sectionTableChecksum = Self(value: .sectionTableChecksum)
  public static let sectionChecksum = Self(value: .sectionChecksum)
  public static let chunkChecksum = Self(value: .chunkChecksum)

  // It needs a later reader.
  public static let newerVersion = Self(value: .newerVersion)
  public static let unknownSection = Self(value: .unknownSection)

  // It breaks a rule of the specification.
  public static let reservedNotZero = Self(value: .reservedNotZero)
  public static let paddingNotZero = Self(value: .paddingNotZero)
  public static let badHeader = Self(value: .badHeader)
  public static let badSectionTable = Self(value: .badSectionTable)
  public static let badSectionContent = Self(value: .badSectionContent)
  public static let badText = Self(value: .badText)
  public static let badDocument = Self(value: .badDocument)
  public static let badDirectory = Self(value: .badDirectory)
  public static let badName = Self(value: .badName)
  public static let duplicateName = Self(value: .duplicateName)
  public static let unsortedNames = Self(value: .unsortedNames)
  public static let unknownElementType = Self(value: .unknownElementType)
  public static let unknownCodec = Self(value: .unknownCodec)
  public static let shapeOverflow = Self(value: .shapeOverflow)
  public static let decodedSizeRefused = Self(value: .decodedSizeRefused)
  public static let badChunkTable = Self(value: .badChunkTable)
  public static let badChunkContent = Self(value: .badChunkContent)
  public static let badScale = Self(value: .badScale)
  public static let contentRootMismatch = Self(value: .contentRootMismatch)

  // It is a delta whose base is missing or another one, FORMAT §11.
  public static let badBase = Self(value: .badBase)
  public static let baseNotFound = Self(value: .baseNotFound)
  public static let wrongBase = Self(value: .wrongBase)
  public static let baseMismatch = Self(value: .baseMismatch)
  public static let baseCycle = Self(value: .baseCycle)
  public static let baseChainTooLong = Self(value: .baseChainTooLong)

  // It is not signed, or not by the key that was given, FORMAT §12.
  public static let badSignatures = Self(value: .badSignatures)
  public static let unsigned = Self(value: .unsigned)
  public static let wrongKey = Self(value: .wrongKey)
  public static let signatureMismatch = Self(value: .signatureMismatch)
  public static let unknownSignatureAlgorithm = Self(value: .unknownSignatureAlgorithm)
  public static let badKey = Self(value: .badKey)

  // The caller asked for something that is not there, or could not be written.
  public static let unknownTensor = Self(value: .unknownTensor)
  public static let folderNotFound = Self(value: .folderNotFound)
  public static let diskFull = Self(value: .diskFull)
  public static let writeFailed = Self(value: .writeFailed)
  public static let invalidInput = Self(value: .invalidInput)
}
