import Files
import Messages
import ModelDescriptor
import TensorCore
import WeightFiles

/// The weights of torchvision's quantized ResNets as those of the network that they are: the layers' weights are integers, each
/// convolution's bias is that of a batch norm which changes nothing else, and all scales and zero points are the file's.
///
/// In such a state dict `conv1.weight` is a quantised tensor, `conv1.scale` and `conv1.zero_point` are those of what the layer puts out,
/// ReLU included, `layer1.0.add_relu.scale` or `layer1.0.skip_add_relu.scale` those of a block's sum, and `quant.scale` the image's.
final class QuantizedModules: WeightSource {
  let tensors: [SourceTensor]
  /// The maps and layers; nil where real numbers are taken.
  let quantization: Quantization?
  private let base: PyTorchFile
  private let origins: [Origin]

  private enum Origin {
    /// A quantised tensor of the source.
    case integers(Int)
    /// A tensor of the source as it is.
    case same(Int)
    case filled(Float)
  }

  /// Nil if the source is no such state dict.
  ///
  /// - Parameter dequantizing: true for a network of real numbers.
  /// - Throws: ``ImportError`` with `tensors` for one that is not complete, or a fault of the file.
  init?(_ base: PyTorchFile, dequantizing: Bool) throws(ImportError) {
    guard base.modules == nil, base.tensors.contains(where: { $0.name == "quant.scale" }),
      base.tensors.indices.contains(where: base.isQuantized)
    else { return nil }
    self.base = base
    var reading = QuantizedNames(base)
    let layers = try reading.layers()
    var tensors: [SourceTensor] = []
    var origins: [Origin] = []
    func add(_ name: String, _ shape: Shape, _ origin: Origin, type: String = "float32") {
      let size = type == "int8" ? ElementType.int8.byteCount(of: shape) : 4 * shape.elementCount
      tensors.append(SourceTensor(name: name, shape: shape, type: type, byteCount: size))
      origins.append(origin)
    }
    for layer in layers {
      let weight = base.tensors[layer.weight]
      let channels: Shape = [weight.shape.dimensions.first ?? 0]
      let bias = layer.bias.map { Origin.same($0) } ?? .filled(0)
      if let bias = layer.bias, base.tensors[bias].shape != channels {
        throw reading.fault(
          "'\(base.tensors[bias].name.printable)' has the extents \(base.tensors[bias].shape), and \(channels) are needed"
        )
      }
      add(
        layer.path + ".weight", weight.shape, .integers(layer.weight), type: dequantizing ? "float32" : "int8"
      )
      if let norm = layer.norm {
        add(norm + ".weight", channels, .filled(1))
        add(norm + ".bias", channels, bias)
        add(norm + ".running_mean", channels, .filled(0))
        add(norm + ".running_var", channels, .filled(Float(1 - 1e-5)))
      } else {
        add(layer.path + ".bias", channels, bias)
      }
    }
    self.tensors = tensors
    self.origins = origins
    let maps = try reading.maps(layers)
    quantization = dequantizing ? nil : Quantization(maps: maps, layers: reading.order(layers))
  }

  // MARK: Elements

  func read(_ index: Int) throws(WeightFileError) -> Tensor {
    switch origins[index] {
    case .integers(let place):
      let tensor = try integers(place)
      return quantization == nil ? tensor.widened() : tensor
    case .same(let place): return try base.read(place)
    case .filled(let number):
      let shape = tensors[index].shape
      return Tensor(shape: shape, floats: Array(repeating: number, count: shape.elementCount))
    }
  }

  /// The numbers that the integers stand for, computed anew, or those of the source.
  func elements(_ index: Int) throws(WeightFileError) -> SourceElements {
    switch origins[index] {
    case .same(let place): return try base.elements(place)
    case .filled: return SourceElements(try read(index))
    case .integers(let place):
      guard let source = try base.quantizedTensor(place) else { return SourceElements(try read(index)) }
      let inner = source.integers.count / max(source.shape.dimensions.first ?? 1, 1)
      let floats = source.integers.indices.map { index in
        let lane = source.axis == nil ? 0 : index / max(inner, 1)
        return Float(source.integers[index] - source.zeroPoints[lane]) * source.scales[lane]
      }
      return SourceElements(Tensor(shape: source.shape, floats: floats))
    }
  }

  /// The integers of a layer as a checkpoint has them.
  private func integers(_ place: Int) throws(WeightFileError) -> Tensor {
    let name = base.tensors[place].name
    guard let source = try base.quantizedTensor(place) else { return try base.read(place) }
    func refusal(_ why: String) -> WeightFileError {
      WeightFileError(
        .unsupportedTensor, file: path,
        "'\(name.printable)' \(why); this quantized network cannot be kept as one")
    }
    let channels = source.shape.dimensions.first ?? 0
    guard source.axis ?? 0 == 0 else {
      throw refusal("has scales along axis \(source.axis ?? 0), and those of output channels are needed")
    }
    let inner = source.integers.count / max(channels, 1)
    var integers: [Int8] = []
    integers.reserveCapacity(source.integers.count)
    for (index, integer) in source.integers.enumerated() {
      let zero = source.zeroPoints[source.axis == nil ? 0 : index / max(inner, 1)]
      guard let own = Int8(exactly: integer - zero) else {
        throw refusal(
          "has the zero point \(zero) and the integer \(integer); weights here have no zero point, and integers of −128 to 127"
        )
      }
      integers.append(own)
    }
    return Tensor(
      shape: source.shape,
      scales: source.axis == nil ? Array(repeating: source.scales[0], count: channels) : source.scales,
      integers: integers)
  }

  // MARK: The rest is the source's

  var path: String { base.path }
  var container: String { base.container }
  var byteCount: Int { base.byteCount }
  var wholeFile: InputFile? { base.wholeFile }
  var stateDict: StateDictPlace? { base.stateDict }
  var metadata: [String: String] { base.metadata }
  func finish() throws(WeightFileError) -> [String] { try base.finish() }

  var notes: [Remark] {
    let own: Remark =
      if let quantization {
        "quantization: kept, with the file's own scales: the weights of \(quantization.layers.count) layers are integers, and \(quantization.maps.count) maps are rounded to 8 bits. The rounding of the logits is left out"
      } else {
        "quantization: left out, as asked for; the weights are their integers times their scales, and no map is rounded"
      }
    return base.notes + [
      own,
      "batch norms: they are part of the convolutions before them; each became a norm that adds the bias and changes nothing else, so that training its statistics anew would change the network",
    ]
  }
}

extension SourceElements {
  fileprivate init(_ tensor: Tensor) {
    let floats = tensor.floats
    var buffer = AlignedBuffer(floatCount: floats.count, uninitialized: true)
    var span = buffer.mutableFloats
    for index in floats.indices { span[index] = floats[index] }
    self.init(type: .float32, shape: tensor.shape, buffer: buffer)
  }
}
