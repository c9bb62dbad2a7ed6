public import Messages

/// Why a descriptor says something that no network can be.
///
/// Two errors are equal when their codes and fields are equal.
public struct DescriptorError: ExplainedError, Hashable, Sendable {
  /// The kind of fault.
  public enum Code: String, Hashable, Sendable {
    /// The text is not JSON, or a value has another JSON type than the field takes.
    case malformed
    /// A field that this version does not know.
    case unknownField
    /// A field that must be there and is not.
    case missingField
    /// A value outside what the field allows.
    case outOfRange
    /// Two fields that exclude each other.
    case contradiction
    /// A name that no preset has.
    case unknownName
    /// A net that is known elsewhere, and that no descriptor can express.
    case unsupported
  }

  /// A document of a checkpoint.
  public enum Document: Hashable, Sendable {
    /// The network, `arch`.
    case architecture
    /// All else that is said of it, `meta`.
    case metadata
  }

  /// The kind of fault.
  public let code: Code
  /// The document that the field belongs to.
  public private(set) var document = Document.architecture
  /// The offending field as a path, for example `stages[1].width`; empty when it is the whole document.
  public let field: String
  /// The fault in words, with the value, and a remedy.
  public let message: String

  /// An error about one field.
  public init(_ code: Code, field: String, _ message: String) {
    self.code = code
    self.field = field
    self.message = message
  }

  /// The same error about a part of a larger document, where the part is the field `path`.
  package func within(_ path: String) -> DescriptorError {
    DescriptorError(code, field: field.isEmpty ? path : path + "." + field, message)
  }

  /// The same error about a field of the metadata.
  func inMetadata() -> DescriptorError {
    var error = self
    error.document = .metadata
    return error
  }

  public var description: String { field.isEmpty ? message : "\(field.excerpt): \(message)" }

  public var explanation: Remark {
    code == .unknownName ? "\(Remark(description)) (\(Remedy.presets) lists all)" : Remark(description)
  }

  public static func == (a: Self, b: Self) -> Bool { a.code == b.code && a.field == b.field }

  public func hash(into hasher: inout Hasher) {
    hasher.combine(code)
    hasher.combine(field)
  }
}
