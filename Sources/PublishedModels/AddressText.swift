extension String {
  /// An address without the name and the password that it may hold, as it may be shown and recorded.
  package var withoutCredentials: String {
    let scheme = firstRange(of: "://").map { self[..<$0.upperBound] } ?? self[..<startIndex]
    let rest = self[scheme.endIndex...]
    // By scalars: with a combining mark behind it, an '@' is another character.
    let host = rest.unicodeScalars.prefix { !"/?#".unicodeScalars.contains($0) }
    // A password with a '/' in it is none, but is one all the same.
    let port = host.first == "[" ? host.prefix(0) : host.drop { $0 != ":" }.dropFirst()
    let isPlain = host.contains("@") || !host.isEmpty && port.allSatisfy { ("0"..."9").contains($0) }
    let searched = isPlain ? host : rest.unicodeScalars
    guard let at = searched.lastIndex(of: "@") else { return self }
    return String(scheme) + String(rest.unicodeScalars[rest.unicodeScalars.index(after: at)...])
  }
}
