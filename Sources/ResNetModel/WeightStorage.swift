import CheckpointFormat
import ModelDescriptor
import ResNetGraph
import TensorCore

/// The types in which a checkpoint stores weights.
///
/// The narrower types are for tensors of rank 2 and more. Biases and norms keep the type that they come in: they take no space,
/// and their errors would be errors of whole channels.
public enum WeightStorage: String, Hashable, Sendable, CaseIterable {
  /// Each tensor as it comes.
  case source
  /// Every tensor as float32.
  case float32 = "f32"
  case float16 = "f16"
  case bfloat16 = "bf16"
  /// 8-bit integers with a scale for each output channel.
  case int8 = "i8"

  /// The type for a tensor that comes in another.
  func type(for shape: Shape, from source: ElementType) -> ElementType {
    switch self {
    case .source: source
    case .float32: .float32
    case .float16: shape.rank >= 2 ? .float16 : source
    case .bfloat16: shape.rank >= 2 ? .bfloat16 : source
    case .int8: shape.rank >= 2 ? .int8 : source
    }
  }
}

extension Model {
  /// The same model with its weights as a checkpoint of that storage gives them back: rounded, and stored in those types.
  ///
  /// A tensor that has the type already is kept bit for bit. A golden trace holds the answers of the wider weights, so
  /// it is left out where weights become narrower.
  ///
  /// - Throws: ``ModelError/checkpoint(_:)`` with `invalidInput`, which names the tensor, when a weight is beyond the type, or
  ///   must stay an integer, as those of the quantization's layers.
  /// - Complexity: O(number of weights) in time and memory.
  public func stored(as storage: WeightStorage) throws(ModelError) -> Model {
    guard storage != .source else { return self }
    let integers = graph.integerWeights
    var converted = WidenedTensors()
    for parameter in graph.parameters {
      let floats = self.parameter(parameter.name)
      let source = tensors.storedType(of: parameter.name) ?? .float32
      let type = storage.type(for: floats.shape, from: source)
      guard type != source else {
        converted.add(parameter.name, stored: tensors.stored(parameter.name) ?? floats, floats: floats)
        continue
      }
      guard !integers.contains(parameter.name) else {
        throw .checkpoint(
          CheckpointError(
            .invalidInput,
            "tensor \(parameter.name) is of a layer that computes with integers, which \(type.rawValue) does not store; "
              + "dequantize the network first"))
      }
      do throws(NarrowingFault) {
        let narrow = try floats.narrowed(to: type)
        converted.add(parameter.name, stored: narrow, floats: narrow.widened())
      } catch {
        throw .checkpoint(error.checkpointError(tensor: parameter.name))
      }
    }
    var descriptor = descriptor
    if storage != .float32 { descriptor.trace = nil }
    return try Model(descriptor: descriptor, tensors: converted)
  }
}

extension NarrowingFault {
  fileprivate func checkpointError(tensor: String) -> CheckpointError {
    let advice = type == .float16 ? "store it as bf16 or f32" : "store it as f32"
    return CheckpointError(
      .invalidInput,
      "tensor \(tensor) has \(value) at element \(index), which \(type.rawValue) cannot hold; \(advice)")
  }
}
