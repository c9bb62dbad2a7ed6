import NIOHTTP1
import OpenInference

/// Decides by its head whether a request is let in.
struct Gate: Sendable {
  /// The secret that clients send as `Authorization: Bearer …`; nil for none.
  var token: [UInt8]?
  /// True if the server listens to this machine alone: requests that a browser sends for a page from elsewhere are refused then.
  var isLocal: Bool

  /// The status and reason of a refusal; nil for a request that is let in.
  func refusal(_ head: HTTPRequestHead) -> (status: Int, message: String)? {
    if isLocal, let refusal = foreignPage(head) { return refusal }
    guard !Self.isPublic(head.uri), !lets(head.headers["authorization"]) else { return nil }
    return (401, "a token is needed: Authorization: Bearer …")
  }

  /// True if no token is needed, or the one value of `Authorization` has it.
  func lets(_ authorizations: [String]) -> Bool {
    guard let token else { return true }
    guard authorizations.count == 1, authorizations[0].prefix(7).lowercased() == "bearer " else {
      return false
    }
    return Self.areEqual(Array(authorizations[0].dropFirst(7).utf8), token)
  }

  /// Probes of orchestrators and the page come without a token; neither tells anything of the models.
  private static func isPublic(_ uri: String) -> Bool {
    ["/v2/health/live", "/v2/health/ready"].contains(uri) || ServerPage.paths.contains(uri)
  }

  /// A page from elsewhere can make a browser send requests here, under a name that leads to this machine (DNS rebinding). Its host, or the origin that the
  /// browser names, is then none of this machine.
  private func foreignPage(_ head: HTTPRequestHead) -> (status: Int, message: String)? {
    let hosts = head.headers["host"]
    guard hosts.count <= 1, hosts.allSatisfy(Self.isLoopback) else {
      return (421, "this server answers under the names of its own machine alone")
    }
    let origins = head.headers["origin"]
    guard
      origins.allSatisfy({ origin in
        let parts = origin.split(separator: "://", maxSplits: 1)
        return parts.count == 2 && Self.isLoopback(String(parts[1]))
      })
    else { return (403, "pages from elsewhere are not answered") }
    return nil
  }

  /// True for a host, with or without a port, that stands for this machine wherever it is resolved.
  static func isLoopback(_ authority: String) -> Bool {
    let authority = authority.lowercased()
    let hosts = ["localhost", "[::1]"].filter { authority.hasPrefix($0) }
    let host = hosts.first ?? String(authority.prefix { $0 != ":" })
    let rest = authority.dropFirst(host.count)
    guard rest.isEmpty || rest.first == ":" && isNumber(rest.dropFirst(), below: 65536) else { return false }
    if !hosts.isEmpty { return true }
    let parts = host.split(separator: ".", omittingEmptySubsequences: false)
    return parts.count == 4 && parts[0] == "127" && parts.allSatisfy { isNumber($0, below: 256) }
  }

  /// True for a number of digits alone.
  private static func isNumber(_ text: Substring, below limit: Int) -> Bool {
    text.utf8.allSatisfy { (0x30...0x39).contains($0) } && (Int(text).map { $0 < limit } ?? false)
  }

  /// Compares in a time that does not tell where the first difference lies.
  static func areEqual(_ left: [UInt8], _ right: [UInt8]) -> Bool {
    var difference = left.count ^ right.count
    for index in right.indices {
      difference |= Int(right[index] ^ (index < left.count ? left[index] : 0))
    }
    return difference == 0
  }
}
