/// An error that says by a code what kind of fault it is. Two such errors are equal when their codes are, unless their type says
/// otherwise; the description follows from the subject and the message.
public protocol CodedError: Error, Hashable, CustomStringConvertible {
  /// A kind of fault.
  associatedtype Code: Hashable
  /// A text, or a ``Remark``.
  associatedtype Message: CustomStringConvertible

  /// The kind of fault.
  var code: Code { get }
  /// The thing that is at fault, such as the path of a file; nil when the message says it.
  var subject: String? { get }
  /// The fault in words, with the values, and a remedy. It does not repeat the subject.
  var message: Message { get }
}

extension CodedError {
  public var subject: String? { nil }

  /// The subject, where there is one, and the message.
  public var description: String { subject.map { "\($0): \(message)" } ?? "\(message)" }

  public static func == (left: Self, right: Self) -> Bool { left.code == right.code }

  public func hash(into hasher: inout Hasher) { hasher.combine(code) }
}
