/// A text for a person in which settings that would help stand as ``Remedy`` values.
public struct Remark: Hashable, Sendable, CustomStringConvertible {
  private enum Part: Hashable, Sendable {
    case text(String)
    case remedy(Remedy)
  }

  /// No two texts stand side by side, so that remarks that read alike are equal.
  private var parts: [Part] = []

  /// A text without remedies.
  public init(_ text: String) {
    append(text)
  }

  /// The text with each remedy in the given words.
  public func text(wording word: (Remedy) -> String) -> String {
    parts.map { part in
      switch part {
      case .text(let text): text
      case .remedy(let remedy): word(remedy)
      }
    }.joined()
  }

  /// The text with remedies as a Swift program takes them.
  public var description: String { text(wording: \.description) }

  private mutating func append(_ text: String) {
    guard !text.isEmpty else { return }
    if case .text(let before) = parts.last {
      parts[parts.count - 1] = .text(before + text)
    } else {
      parts.append(.text(text))
    }
  }

  package static func + (first: Remark, second: Remark) -> Remark {
    var sum = first
    sum += second
    return sum
  }

  package static func += (sum: inout Remark, other: Remark) {
    for part in other.parts {
      switch part {
      case .text(let text): sum.append(text)
      case .remedy: sum.parts.append(part)
      }
    }
  }
}

extension Remark: ExpressibleByStringInterpolation {
  public init(stringLiteral text: String) {
    self.init(text)
  }

  public init(stringInterpolation: StringInterpolation) {
    self = stringInterpolation.remark
  }

  /// Collects the pieces of a literal.
  public struct StringInterpolation: StringInterpolationProtocol {
    fileprivate var remark = Remark("")

    public init(literalCapacity: Int, interpolationCount: Int) {}

    public mutating func appendLiteral(_ text: String) { remark.append(text) }

    public mutating func appendInterpolation(_ remedy: Remedy) { remark.parts.append(.remedy(remedy)) }

    public mutating func appendInterpolation(_ other: Remark) { remark += other }

    /// Appends a value as text; of an ``ExplainedError`` the remedies stay values.
    public mutating func appendInterpolation(_ value: some Any) {
      if let error = value as? any ExplainedError {
        remark += error.explanation
      } else {
        remark.append("\(value)")
      }
    }
  }
}
