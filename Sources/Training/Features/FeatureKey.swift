import Crypto
import Messages
public import ModelDescriptor
import ResNetGraph
import TensorCore

/// What frozen features depend on, beside the images: features of equal keys may stand for each other.
public struct FeatureKey: Hashable, Sendable {
  /// The content root of the base's checkpoint, which its tensors determine.
  public var contentRoot: String
  /// The network; epsilons, strides and the like are in no tensor.
  public var architecture: Architecture
  /// The node whose output the features are.
  public var boundary: Int
  /// Of the network's input, in pixels.
  public var height: Int
  /// Of the network's input, in pixels.
  public var width: Int
  /// How images become inputs.
  public var preprocessing: Preprocessing
  /// A text that describes the augmentation; nil for none.
  public var augmentation: String?
  /// Of the augmentation's random numbers.
  public var seed: UInt64
  /// What else decides the last bits, such as the name of the kernels.
  public var computation: String

  /// What the numbers of a frozen part and of augmented images are is that of this version of their computation. It is raised
  /// whenever either comes to other bits, so that features of two versions are never mixed.
  static let computationVersion = 1

  /// A key from its fields.
  public init(
    contentRoot: String, architecture: Architecture, boundary: Int, height: Int, width: Int,
    preprocessing: Preprocessing, augmentation: String? = nil, seed: UInt64 = 0, computation: String
  ) {
    self.contentRoot = contentRoot
    self.architecture = architecture
    self.boundary = boundary
    self.height = height
    self.width = width
    self.preprocessing = preprocessing
    self.augmentation = augmentation
    self.seed = seed
    self.computation = computation
  }

  /// The SHA-256 over the fields, the shape and the type in which features are stored. The seed counts only with augmentation.
  func digest(shape: FeatureShape, storage: ElementType) throws(TrainingError) -> [UInt8] {
    var writer = ByteWriter()
    let version = "reszoo features 1, computation \(Self.computationVersion)"
    var parts = [version, contentRoot, computation, storage.rawValue].map { Array($0.utf8) }
    do {
      parts.append(try architecture.json())
      parts.append(try JSON.encode(preprocessing))
    } catch {
      throw TrainingError(.network, "the network's description cannot be written: \(error)")
    }
    parts.append(Array((augmentation ?? "").utf8))
    for part in parts {
      writer.write(UInt64(part.count))
      writer.write(bytes: part)
    }
    let numbers = [boundary, height, width, shape.height, shape.width, shape.channels]
    for number in numbers { writer.write(Int64(number)) }
    writer.write(augmentation == nil ? 0 : seed)
    writer.write(UInt8(augmentation == nil ? 0 : 1))
    return Array(SHA256.hash(data: writer.bytes))
  }
}
