import Platform

/// Where this user's checkpoints are kept that were fetched from elsewhere.
package enum CacheFolder {
  /// `RESZOO_CACHE`, else `reszoo` in `XDG_CACHE_HOME`, else `~/.cache/reszoo`; nil when none of them is set. The folder
  /// need not exist. A relative `XDG_CACHE_HOME` counts as unset, as the XDG Base Directory Specification asks.
  package static var path: String? {
    if let own = variable("RESZOO_CACHE") { return own }
    if let shared = variable("XDG_CACHE_HOME"), shared.hasPrefix("/") { return shared + "/reszoo" }
    return variable("HOME").map { $0 + "/.cache/reszoo" }
  }

  private static func variable(_ name: String) -> String? {
    guard let value = unsafe getenv(name) else { return nil }
    let text = unsafe String(cString: value)
    return text.isEmpty ? nil : text
  }
}
