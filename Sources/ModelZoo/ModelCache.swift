import Files
import Platform
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
  /// `~/Library/Caches`.
  public static var ofUser: ModelCache {
    ModelCache(folder: CacheFolder.path ?? CacheFolder.path(inHome: home))
  }

  /// The home of a user for whom the environment names none.
  private static var home: String {
    guard let user = unsafe getpwuid(getuid()), let home = unsafe user.pointee.pw_dir else { return "." }
    return unsafe String(cString: home)
  }

  /// The path of the checkpoint of these weights, existing or not.
  public func path(of weights: PublishedWeights) -> String {
    "\(folder)/models/\(weights.name).rzoo"
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
