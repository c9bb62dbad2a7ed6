import Messages
import ModelDescriptor
import TensorCore
import WeightFiles

/// The names of torchvision's quantized ResNets.
struct QuantizedNames {
  /// A convolution or linear layer.
  struct Layer {
    /// The module, which has the same name in a network of real numbers.
    var path: String
    /// The place of the weight among the source's tensors.
    var weight: Int
    /// That of the bias, if there is one.
    var bias: Int?
    /// The batch norm that the layer has taken in; nil for a linear layer.
    var norm: String?
  }

  private let file: PyTorchFile
  private let places: [String: Int]
  /// Names that were understood.
  private var known: Set<String> = []

  init(_ file: PyTorchFile) {
    self.file = file
    places = Dictionary(file.tensors.enumerated().map { ($1.name, $0) }) { first, _ in first }
  }

  func fault(_ why: String) -> ImportError {
    ImportError(
      .tensors, file: file.path,
      "this is a quantized network, but none as torchvision has them: \(why.printable). Save the state dict of the network of real numbers in Python"
    )
  }

  /// The layers in the file's order.
  ///
  /// - Throws: ``ImportError`` with `tensors` where one has another name, or is no quantised tensor.
  mutating func layers() throws(ImportError) -> [Layer] {
    var layers: [Layer] = []
    for (place, tensor) in file.tensors.enumerated() where file.isQuantized(place) {
      let packed = tensor.name.hasSuffix("._packed_params.weight")
      guard packed || tensor.name.hasSuffix(".weight") else {
        throw fault("'\(tensor.name)' is a quantised tensor and no layer's weight")
      }
      let path = String(tensor.name.dropLast(packed ? "._packed_params.weight".count : ".weight".count))
      guard let norm = Self.norm(behind: path) else {
        throw fault("'\(path)' is no layer of a ResNet")
      }
      let bias = places[packed ? path + "._packed_params.bias" : path + ".bias"]
      layers.append(Layer(path: path, weight: place, bias: bias, norm: path == "fc" ? nil : norm))
      known.formUnion([tensor.name, path + "._packed_params.bias", path + ".bias"])
    }
    // Modules that have a scale: of any other, such as another activation, the outputs would not be those that are computed here.
    let modules = Set(
      ["quant"] + layers.map(\.path) + layers.compactMap { Self.block($0.path).map { sum(of: $0) } })
    for tensor in file.tensors where !known.contains(tensor.name) {
      guard let end = [".scale", ".zero_point"].first(where: tensor.name.hasSuffix) else {
        throw fault("'\(tensor.name)' is not quantised; networks of integers alone are read")
      }
      guard modules.contains(String(tensor.name.dropLast(end.count))) else {
        throw fault("'\(tensor.name)' belongs to a module that they do not have")
      }
    }
    return layers
  }

  /// The batch norm behind a layer of a ResNet in a network of real numbers, by the layer's name; nil for another name.
  private static func norm(behind path: String) -> String? {
    let parts = path.split(separator: ".", omittingEmptySubsequences: false)
    switch (parts.count, parts[0]) {
    case (1, "fc"): return ""
    case (1, "conv1"): return "bn1"
    case (3, _) where isBlock(parts) && ["conv1", "conv2", "conv3"].contains(parts[2]):
      return "\(parts[0]).\(parts[1]).bn\(parts[2].suffix(1))"
    case (4, _) where isBlock(parts) && parts[2] == "downsample" && parts[3] == "0":
      return "\(parts[0]).\(parts[1]).downsample.1"
    default: return nil
    }
  }

  /// The block that a layer is in; nil for one outside.
  private static func block(_ path: String) -> String? {
    let parts = path.split(separator: ".")
    return parts.count > 1 ? "\(parts[0]).\(parts[1])" : nil
  }

  /// The module that adds a block's branches: torchvision calls it so in bottlenecks and otherwise in other blocks.
  private func sum(of block: String) -> String {
    places[block + ".skip_add_relu.scale"] == nil ? block + ".add_relu" : block + ".skip_add_relu"
  }

  private static func isBlock(_ parts: [Substring]) -> Bool {
    parts[0].hasPrefix("layer") && number(parts[0].dropFirst("layer".count)) != nil && number(parts[1]) != nil
  }

  private static func number(_ text: Substring) -> Int? {
    text.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) } && text.utf8.count <= 4
      ? Int(text) : nil
  }

  // MARK: Maps

  /// The maps by the names of the network's steps.
  ///
  /// - Throws: ``ImportError`` with `tensors` where a scale is missing, or is none.
  func maps(_ layers: [Layer]) throws(ImportError) -> [String: Quantization.Map] {
    var maps = ["input": try map("quant")]
    let paths = Set(layers.map(\.path))
    var last: (stage: Int, block: Int, map: Quantization.Map)?
    for layer in layers where layer.path != "fc" {
      let own = try map(layer.path)
      let parts = layer.path.split(separator: ".")
      guard let block = Self.block(layer.path), let norm = layer.norm else {
        // The maximum of a map is one of its values.
        (maps["relu"], maps["maxpool"]) = (own, own)
        continue
      }
      let end = paths.contains(block + ".conv3") ? "conv3" : "conv2"
      let isInside = parts[2] != "downsample" && parts[2] != end
      maps[isInside ? "\(block).relu\(parts[2].suffix(1))" : norm] = own
      guard parts[2] == end else { continue }
      let sum = try map(sum(of: block))
      maps[block + ".relu"] = sum
      let (stage, number) = (Self.number(parts[0].dropFirst(5)) ?? 0, Self.number(parts[1]) ?? 0)
      if (stage, number) > (last?.stage ?? -1, last?.block ?? -1) { last = (stage, number, sum) }
    }
    guard let last else { throw fault("it has no blocks") }
    // PyTorch averages integers to integers of the same scale.
    maps["avgpool"] = last.map
    return maps
  }

  /// The scale and the zero point of a module's output.
  private func map(_ path: String) throws(ImportError) -> Quantization.Map {
    let scale = try number(path + ".scale")
    let zero = try number(path + ".zero_point")
    let range = Quantization.scaleRange
    guard Float(range.lowerBound)...Float(range.upperBound) ~= scale else {
      throw fault("'\(path).scale' is \(scale); it must be from \(range.lowerBound) to \(range.upperBound)")
    }
    guard let zeroPoint = UInt8(exactly: zero) else {
      throw fault("'\(path).zero_point' is \(zero); it must be from 0 to 255")
    }
    return Quantization.Map(scale: scale, zeroPoint: zeroPoint)
  }

  private func number(_ name: String) throws(ImportError) -> Float {
    guard let place = places[name] else { throw fault("there is no '\(name)'") }
    let tensor: Tensor
    do { tensor = try file.read(place) } catch { throw ImportError(error) }
    guard tensor.shape.elementCount == 1 else { throw fault("'\(name)' has the extents \(tensor.shape)") }
    if tensor.elementType == .int64 {
      // A single int64 is read as one.
      let bytes = tensor.bytes
      return Float(Int64(littleEndian: unsafe bytes.unsafeLoadUnaligned(fromByteOffset: 0, as: Int64.self)))
    }
    let widened = tensor.widened()
    return widened.floats[0]
  }

  /// The layers in the order of the network: in a block its own convolutions first, then the shortcut's.
  func order(_ layers: [Layer]) -> [String] {
    func key(_ path: String) -> [Int] {
      let parts = path.split(separator: ".")
      guard parts.count > 1 else { return path == "fc" ? [.max] : [0] }
      let place = parts[2] == "downsample" ? 9 : Self.number(parts[2].suffix(1)) ?? 0
      return [Self.number(parts[0].dropFirst(5)) ?? 0, Self.number(parts[1]) ?? 0, place]
    }
    return layers.map(\.path).sorted { key($0).lexicographicallyPrecedes(key($1)) }
  }
}
