import Crypto
import Messages
import ModelDescriptor
import ResNetGraph
import TensorCore

/// All that frozen features depend on, beside the images: features of equal keys are interchangeable.
struct FeatureKey: Hashable, Sendable {
  /// The content root of the network's weights, which were hashed: not the claim of a file's header.
  var contentRoot: String
  /// The network; epsilons, strides and the like are in no tensor.
  var architecture: Architecture
  /// The node whose output the features are.
  var boundary: Int
  /// The height of the network's input, in pixels.
  var height: Int
  /// The width of the network's input, in pixels.
  var width: Int
  /// The preprocessing that images go through before the network.
  var preprocessing: Preprocessing
  /// A text that describes the augmentation; nil for none.
  var augmentation: String?
  /// The seed of the augmentation.
  var seed: UInt64
  /// Anything else that decides the last bits, such as the name of the kernels.
  var computation: String

  /// The version of the computation of features and of augmented images. It is raised whenever either gives other bits, so that
  /// features of two versions are never mixed.
  static let computationVersion = 1

  /// A key from its fields.
  init(
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

  /// Computes the SHA-256 over the fields, the shape and the type in which features are stored. The seed counts only with augmentation.
  func digest(shape: FeatureShape, storage: ElementType) throws(TrainingError) -> [UInt8] {
    var writer = ByteWriter()
    // Keys of version 1 had content roots that nobody had compared with the weights.
    let version = "reszoo features 2, computation \(Self.computationVersion)"
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
