import CheckpointFormat
import Files
import ModelDescriptor
public import PublishedModels
import ResNetModel

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

  /// True if there is a checkpoint of these weights. Its index is read, not its tensors.
  ///
  /// - Throws: ``PullError/cached(_:)`` when another file lies there.
  public func holds(_ weights: PublishedWeights) throws(PullError) -> Bool {
    guard contains(weights) else { return false }
    let path = path(of: weights)
    func fault(_ message: String) -> PullError { .cached(CacheFault(path: path, message: message)) }
    let origin: Origin
    do {
      origin = try CheckpointReader(path: path).index.modelDescriptor().origin
    } catch {
      throw fault("\(error)")
    }
    if let digest = origin.sha256, !weights.matches(digest: digest) {
      throw fault("was made of another file than \(weights.file): of one with the SHA-256 \(digest)")
    }
    return true
  }

  /// The path of a published file while it is used, and afterwards if it is kept.
  func sourcePath(of weights: PublishedWeights) -> String {
    "\(folder)/downloads/\(weights.file)"
  }
}
