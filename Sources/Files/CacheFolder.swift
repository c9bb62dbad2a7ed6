import Platform

/// The folder for files that were fetched or computed once and that serve again.
package enum CacheFolder {
  /// The environment's `RESZOO_CACHE`; else `reszoo` in `XDG_CACHE_HOME`, in `~/.cache`, or, on macOS, in `~/Library/Caches`; nil
  /// when neither a variable nor the system's list of users names a home. The folder need not exist. A relative `XDG_CACHE_HOME` counts as unset, as the XDG Base
  /// Directory Specification asks.
  package static var path: String? {
    if let own = environment("RESZOO_CACHE") { return own }
    if let shared = environment("XDG_CACHE_HOME"), shared.hasPrefix("/") { return shared + "/reszoo" }
    return (environment("HOME") ?? listedHome).map(path(inHome:))
  }

  /// The folder in a cache that holds the checkpoints of published weights.
  package static func models(in cache: String) -> String { cache + "/models" }

  /// The folder in a cache that holds packed weights which processes share.
  package static func sharedWeights(in cache: String) -> String { cache + "/shared-weights" }

  /// The home of this user in the system's list of users.
  private static var listedHome: String? {
    guard let user = unsafe getpwuid(getuid()), let home = unsafe user.pointee.pw_dir else { return nil }
    return unsafe String(validatingCString: home)
  }

  /// The cache of the user whose home is a folder.
  private static func path(inHome home: String) -> String {
    #if canImport(Darwin)
    return home + "/Library/Caches/reszoo"
    #else
    return home + "/.cache/reszoo"
    #endif
  }
}
