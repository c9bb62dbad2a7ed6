/// The fields of an answer's head that a download needs.
struct ResponseHead {
  private(set) var status = 0
  private var fields: [String: String] = [:]

  private static let wanted: Set = ["content-length", "content-range", "etag", "last-modified"]

  /// Takes a line. The first of each answer makes those before it forgotten, as of redirects.
  mutating func take(_ line: String) {
    if line.hasPrefix("HTTP/") {
      fields = [:]
      let words = line.split(separator: " ", maxSplits: 2)
      status = words.count > 1 ? Int(words[1].prefix { $0.isNumber }) ?? 0 : 0
    } else if let colon = line.firstIndex(of: ":"), line.utf8.count <= 1000 {
      let name = line[..<colon].lowercased()
      if Self.wanted.contains(name) {
        fields[name] = String(line[line.index(after: colon)...].trimming(while: \.isWhitespace))
      }
    }
  }

  /// The bytes of the body, where the server says.
  var contentLength: UInt64? { fields["content-length"].flatMap { UInt64($0) } }

  /// The first byte of a partial answer within the whole file, and the size of the whole.
  var part: (first: UInt64, total: UInt64?)? {
    guard let words = rangeWords, let dash = words.range.firstIndex(of: "-"),
      let first = UInt64(words.range[..<dash])
    else { return nil }
    return (first, UInt64(words.total))
  }

  /// The bytes of the whole, as the answer to a request beyond its end says.
  var wholeLength: UInt64? { rangeWords.flatMap { UInt64($0.total) } }

  /// RFC 9110, section 14.4: `bytes 0-99/1000`, or `bytes */1000`.
  private var rangeWords: (range: Substring, total: Substring)? {
    guard let text = fields["content-range"], text.hasPrefix("bytes ") else { return nil }
    let parts = text.dropFirst(6).split(separator: "/", omittingEmptySubsequences: false)
    return parts.count == 2 ? (parts[0], parts[1]) : nil
  }

  /// The name of this version of the file for `If-Range`: a strong entity tag, or a date (RFC 9110, section 13.1.5).
  var validator: String? {
    if let tag = fields["etag"] { return tag.hasPrefix("\"") ? tag : nil }
    return fields["last-modified"]
  }
}

extension Substring {
  fileprivate func trimming(while isTrimmed: (Character) -> Bool) -> Substring {
    var rest = self.drop(while: isTrimmed)
    while let last = rest.last, isTrimmed(last) { rest.removeLast() }
    return rest
  }
}
