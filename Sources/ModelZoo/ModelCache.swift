import Files
public import PublishedModels

/// A folder of checkpoints that were made of published weights, one for each name.
///
/// `models/NAME.rzoo` are the checkpoints; `downloads` holds files on their way, and those that are kept.
public struct ModelCache: Hashable, Sendable {
  /// The folder; it is made when something is put in.
  public let folder: String

  /// A cache in a folder.
  public init(folder: String) {
    self.folder = folder
  }

  /// The user's cache: the environment's `RESZOO_CACHE`; else `reszoo` in `XDG_CACHE_HOME`, in `~/.cache`, or, on macOS, in
  /// `~/Library/Caches`; the folder `reszoo` here for a user without a home.
  public static var ofUser: ModelCache {
    ModelCache(folder: CacheFolder.path ?? "reszoo")
  }

  /// The path of the checkpoint of these weights, existing or not.
  public func path(of weights: PublishedWeights) -> String {
    "\(CacheFolder.models(in: folder))/\(weights.name).rzoo"
  }

  /// True if there is a checkpoint of these weights.
  public func contains(_ weights: PublishedWeights) -> Bool {
    isRegularFile(path(of: weights))
  }

  /// The path of a published file while it is used, and afterwards if it is kept.
  func sourcePath(of weights: PublishedWeights) -> String {
    "\(folder)/downloads/\(weights.file)"
  }
}
