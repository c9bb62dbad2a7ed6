extension String {
  /// An address without the name and the password that it may hold, as it may be shown and recorded.
  package var withoutCredentials: String {
    let scheme = firstRange(of: "://").map { self[..<$0.upperBound] } ?? self[..<startIndex]
    let rest = self[scheme.endIndex...]
    let host = rest.prefix { !"/?#".contains($0) }
    // A password with a '/' in it is none, but is one all the same.
    let port = host.hasPrefix("[") ? "" : host.drop { $0 != ":" }.dropFirst()
    let isPlain = host.contains("@") || !host.isEmpty && port.allSatisfy(\.isNumber)
    let searched = isPlain ? host : rest
    guard let at = searched.lastIndex(of: "@") else { return self }
    return String(scheme + rest[rest.index(after: at)...])
  }
}
