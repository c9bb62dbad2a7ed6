/// A text for a person in which settings that would help stand as ``Remedy`` values.
///
/// The literals of a program alone make lines and quotation marks. A value that is put into them comes from a file, a path or a server
/// as far as anybody knows: its hidden characters are spelt out, line feeds among them, and it is cut where it is longer than
/// 4,096 characters, or than 100 where it stands behind a quotation mark.
public struct Remark: Hashable, Sendable, CustomStringConvertible {
  private enum Part: Hashable, Sendable {
    case text(String)
    case remedy(Remedy)
  }

  /// No two texts stand side by side, so that remarks that read alike are equal.
  private var parts: [Part] = []

  /// The most characters of a value, as many as the longest paths have.
  package static let valueLimit = 4096

  /// A text without remedies, as one value.
  public init(_ text: String) {
    append(text.excerpt(of: Self.valueLimit))
  }

  /// The lines of a text that a program wrote itself.
  package init(lines: some Sequence<Substring>) {
    for (index, line) in lines.enumerated() {
      append((index > 0 ? "\n" : "") + line.excerpt(of: Self.valueLimit))
    }
  }

  /// The text with each remedy in the given words.
  public func text(wording word: (Remedy) -> String) -> String {
    parts.map { part in
      switch part {
      case .text(let text): text
      case .remedy(let remedy): word(remedy).printable
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
    append(text)
  }

  public init(stringInterpolation: StringInterpolation) {
    self = stringInterpolation.remark
  }

  /// Collects the pieces of a literal.
  public struct StringInterpolation: StringInterpolationProtocol {
    fileprivate var remark = Remark("")
    /// True behind a quotation mark, where a quoted text begins.
    private var isQuoting = false

    public init(literalCapacity: Int, interpolationCount: Int) {}

    public mutating func appendLiteral(_ text: String) {
      remark.append(text)
      if !text.isEmpty { isQuoting = text.utf8.last == UInt8(ascii: "'") }
    }

    public mutating func appendInterpolation(_ remedy: Remedy) { remark.parts.append(.remedy(remedy)) }

    public mutating func appendInterpolation(_ other: Remark) { remark += other }

    /// Appends a value as text; of an ``ExplainedError`` the remedies stay values.
    public mutating func appendInterpolation(_ value: some Any) {
      if let error = value as? any ExplainedError {
        remark += error.explanation
      } else {
        remark.append(isQuoting ? "\(value)".excerpt : "\(value)".excerpt(of: Remark.valueLimit))
      }
    }
  }
}
