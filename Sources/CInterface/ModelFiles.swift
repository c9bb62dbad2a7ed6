import Files
import ModelZoo
import PublishedModels

/// Checkpoints by path or name.
enum ModelFiles {
  /// The path of a checkpoint that a caller names: a file, or, where there is none of this name, a model in the cache.
  ///
  /// - Throws: `RESZOO_NOT_FOUND`.
  static func path(of name: String) throws -> String {
    let isName = !name.isEmpty && !name.contains("/") && !name.hasSuffix(".rzoo")
    guard isName, FileIdentity(path: name) == nil else { return name }
    guard let weights = ModelIndex.own.entry(named: name) else {
      let close = ModelIndex.own.names(closeTo: name)
      throw CallError(
        .notFound,
        "\(name): does not exist, and no published network has this name"
          + (close.isEmpty ? "" : "; close to it: \(close.joined(separator: ", "))"))
    }
    guard try ModelCache.ofUser.holds(weights) else {
      throw CallError(.notFound, "\(name): is not in the cache; pull it there first")
    }
    return ModelCache.ofUser.path(of: weights)
  }
}
