import Files
import Messages
public import TensorCore

/// How features are kept.
public struct FeatureCacheOptions: Hashable, Sendable {
  /// How numbers are stored: float32, float16 or bfloat16. The narrower ones are also what a training gets that computes
  /// features which are not in the cache yet.
  public var storage: ElementType
  /// Most bytes of all caches in the folder.
  public var limit: Int
  /// The folder; nil for `features` in the user's cache folder.
  public var folder: String?

  /// 20 GiB: ResNet-50's `layer3` of 26,000 images as float32.
  public static let defaultLimit = 20 << 30

  /// Options from their values.
  public init(storage: ElementType = .float32, limit: Int = defaultLimit, folder: String? = nil) {
    self.storage = storage
    self.limit = limit
    self.folder = folder
  }

  /// - Throws: ``TrainingError`` with `options`.
  func validate() throws(TrainingError) {
    guard [.float32, .float16, .bfloat16].contains(storage) else {
      throw TrainingError(
        .options, "features cannot be stored as \(storage.rawValue); choose f32, f16 or bf16")
    }
    guard limit >= 0 else {
      throw TrainingError(.options, "the limit of the feature cache is \(limit) bytes; it cannot be negative")
    }
  }

  /// ``folder``, or the user's.
  var folderPath: String? { folder ?? CacheFolder.path.map { $0 + "/features" } }
}
