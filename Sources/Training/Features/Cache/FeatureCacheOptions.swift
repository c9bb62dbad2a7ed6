import Files
import Messages
public import TensorCore

/// The options of a feature cache.
public struct FeatureCacheOptions: Hashable, Sendable {
  /// The type in which numbers are stored: float32, float16 or bfloat16. A training takes features in this precision, computed ones
  /// too.
  public var storage: ElementType
  /// The most bytes of all caches in the folder.
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

  /// ``folder``, or the one in the user's cache folder.
  var folderPath: String? { folder ?? CacheFolder.path.map { $0 + "/features" } }
}
