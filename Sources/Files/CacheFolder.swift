/// The folder for files that were fetched or computed once and that serve again.
package enum CacheFolder {
  /// The environment's `RESZOO_CACHE`; else `reszoo` in `XDG_CACHE_HOME`, in `~/.cache`, or, on macOS, in `~/Library/Caches`; nil
  /// when no variable names a home. The folder need not exist. A relative `XDG_CACHE_HOME` counts as unset, as the XDG Base
  /// Directory Specification asks.
  package static var path: String? {
    if let own = environment("RESZOO_CACHE") { return own }
    if let shared = environment("XDG_CACHE_HOME"), shared.hasPrefix("/") { return shared + "/reszoo" }
    return environment("HOME").map(path(inHome:))
  }

  /// The cache of the user whose home is a folder.
  package static func path(inHome home: String) -> String {
    #if canImport(Darwin)
    return home + "/Library/Caches/reszoo"
    #else
    return home + "/.cache/reszoo"
    #endif
  }
}
