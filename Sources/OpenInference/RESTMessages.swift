import Threads

/// A request of HTTP, without its connection.
public struct RESTRequest: Sendable {
  public var method: String
  /// The path with its query, as it came.
  public var target: String
  /// By lower-case names; the values of one name joined with commas.
  public var headers: [String: String]
  private let content: Content

  /// The body, until it was taken.
  private final class Content: Sendable {
    let bytes: Locked<[UInt8]>

    init(_ bytes: [UInt8]) { self.bytes = Locked(bytes) }
  }

  public init(method: String, target: String, headers: [String: String] = [:], body: [UInt8] = []) {
    self.method = method
    self.target = target
    self.headers = headers
    content = Content(body)
  }

  /// Gives the body away, so that nothing keeps it while the request waits for its answer; empty the second time.
  func takeBody() -> [UInt8] {
    content.bytes.withLock { bytes in
      defer { bytes = [] }
      return bytes
    }
  }

  /// The parts of the path between its slashes, without escapes; nil where an escape is wrong or hides a slash.
  package var parts: [String]? {
    var parts: [String] = []
    var target = target[...]
    // Proxies may ask for a whole address (RFC 9112 §3.2.2); which host it names is looked at elsewhere.
    if target.lowercased().hasPrefix("http://") {
      target = target.dropFirst("http://".count).drop { $0 != "/" }
    }
    for part in target.prefix(while: { $0 != "?" }).split(separator: "/") {
      guard let text = Self.unescaped(part), !text.contains("/"), !text.contains("\0") else { return nil }
      parts.append(text)
    }
    return parts
  }

  /// The values of the query by their names, the first of each.
  var query: [String: String] {
    guard let start = target.firstIndex(of: "?") else { return [:] }
    var values: [String: String] = [:]
    for pair in target[start...].dropFirst().split(separator: "&") {
      let halves = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      guard let name = Self.unescaped(halves[0]), values[name] == nil else { continue }
      values[name] = halves.count > 1 ? Self.unescaped(halves[1]) ?? "" : ""
    }
    return values
  }

  /// A text with `%41` and the like as what they stand for; nil for others, and for what is not UTF-8.
  private static func unescaped(_ text: Substring) -> String? {
    guard text.utf8.contains(UInt8(ascii: "%")) else { return String(text) }
    var bytes: [UInt8] = []
    var rest = text.utf8[...]
    while let byte = rest.popFirst() {
      guard byte == UInt8(ascii: "%") else {
        bytes.append(byte)
        continue
      }
      let digits = rest.prefix(2).compactMap { Character(Unicode.Scalar($0)).hexDigitValue }
      guard digits.count == 2 else { return nil }
      rest = rest.dropFirst(2)
      bytes.append(UInt8(digits[0] << 4 | digits[1]))
    }
    return String(validating: bytes, as: UTF8.self)
  }
}

/// An answer of HTTP.
public struct RESTResponse: Hashable, Sendable {
  public var status: Int
  public var headers: [String: String]
  public var body: [UInt8]

  public init(status: Int, headers: [String: String] = [:], body: [UInt8] = []) {
    self.status = status
    self.headers = headers
    self.body = body
  }
}
