import Importers
import ModelDescriptor
import ResNetGraph
import ResNetModel
import TensorCore
import TestSupport
import Testing

/// ONNX graphs of quantized networks whose scales, zero points and integers are sound or not.
@Suite struct QuantizedGraphTests {
  private typealias Graph = GraphBytes
  private let folder = TemporaryFolder()

  private func importing(_ graph: QuantizedGraph, dequantize: Bool = false) throws -> Model {
    let path = folder.write(graph.bytes, to: "x.onnx")
    return try WeightImport(path, options: ImportOptions(dequantize: dequantize)).report().model
  }

  /// Expects a refusal that names a node, or another place, and the way around it.
  private func expectRefusal(_ graph: QuantizedGraph, _ words: String..., hasWay: Bool = true) throws {
    let error = #expect(throws: ImportError.self) { try importing(graph) }
    let message = error?.message ?? ""
    for word in words { #expect(message.contains(word), "\(message)") }
    #expect(message.contains("ImportOptions.dequantize") == hasWay, "\(message)")
  }

  // MARK: Sound

  @Test func `maps, layers and integers are the file's`() throws {
    let model = try importing(QuantizedGraph())
    let quantization = try #require(model.quantization)
    #expect(quantization.layers == ["conv1", "layer1.0.conv1", "layer1.0.conv2"])
    #expect(Set(quantization.maps.keys) == ["input", "relu", "layer1.0.relu1", "layer1.0.relu"])
    for (name, map) in quantization.maps {
      #expect(map.scale == 0.05 && map.zeroPoint == (name == "input" ? 128 : 0), "\(name)")
    }
    let weights = try #require(model.integerWeights(ofLayer: "conv1"))
    #expect(weights.scales == [0.5, 0.25, 2, 1])
    #expect(first(4, of: weights) == [-3, 5, -128, 127])
  }

  @Test func `a file of real numbers is made of it when it is asked for`() throws {
    let model = try importing(QuantizedGraph(), dequantize: true)
    #expect(model.quantization == nil && model.tensors.storedType(of: "conv1.weight") == .float32)
    #expect(firstFloats(3, of: model) == [-1.5, 2.5, -64])
  }

  @Test func `signed integers become unsigned ones with a zero point that is larger by 128`() throws {
    var graph = QuantizedGraph()
    graph.zeros = Graph.constant("z", [], type: 3, raw: 1) + Graph.signed("z0", [], [-128])
    let maps = try #require(try importing(graph).quantization?.maps)
    #expect(maps["input"] == .init(scale: 0.05, zeroPoint: 128))
    #expect(maps["relu"] == .init(scale: 0.05, zeroPoint: 0))
  }

  @Test func `a ReLU that the rounding stands for is there, and one in front of a sum is not`() throws {
    var graph = QuantizedGraph()
    graph.hasReLUs = false
    let (model, usual) = (try importing(graph), try importing(QuantizedGraph()))
    #expect(model.graph.nodes == usual.graph.nodes)
    #expect(model.quantization == usual.quantization)
    graph.roundsBranch = true
    let maps = try #require(try importing(graph).quantization?.maps)
    #expect(maps["layer1.0.bn2"] == .init(scale: 0.05, zeroPoint: 0))
    // Real numbers are no less than 0 there either.
    #expect(try importing(graph, dequantize: true).graph.nodes == usual.graph.nodes)
  }

  @Test func `one scale for all channels becomes one for each`() throws {
    var graph = QuantizedGraph()
    graph.weightScales = [0.5]
    let weights = try #require(try importing(graph).integerWeights(ofLayer: "conv1"))
    #expect(weights.scales == [0.5, 0.5, 0.5, 0.5])
  }

  @Test func `integers in numbers of variable length are read, and those that are too large refused`() throws
  {
    var graph = QuantizedGraph()
    graph.weights = Graph.varints(
      "w0", [4, 3, 3, 3], type: 3, filled([-3, 5, -128, 127], with: 0))
    let weights = try #require(try importing(graph).integerWeights(ofLayer: "conv1"))
    #expect(first(4, of: weights) == [-3, 5, -128, 127])
    for number in [128, -129, 300] {
      graph.weights = Graph.varints("w0", [4, 3, 3, 3], type: 3, filled([number], with: 0))
      try expectRefusal(graph, "'w0' has a number that its type int8 does not", hasWay: false)
    }
    graph = QuantizedGraph()
    graph.zeros = Graph.varints("z", [], type: 2, [256]) + Graph.constant("z0", [], type: 2, raw: 1)
    try expectRefusal(graph, "'z' has a number that its type uint8 does not", hasWay: false)
  }

  @Test func `unsigned weights around 128 are signed ones`() throws {
    var graph = QuantizedGraph()
    graph.weights = Graph.unsigned(
      "w0", [4, 3, 3, 3], filled([125, 133, 0, 255], with: 128))
    graph.weightZeros = Graph.unsigned("wz", [4], [128, 128, 128, 128])
    let weights = try #require(try importing(graph).integerWeights(ofLayer: "conv1"))
    #expect(first(5, of: weights) == [-3, 5, -128, 127, 0])
  }

  // MARK: Refused

  @Test func `weights with a zero point that leaves no 8 bits are refused`() throws {
    var graph = QuantizedGraph()
    graph.weights = Graph.unsigned("w0", [4, 3, 3, 3], filled([255], with: 100))
    graph.weightZeros = Graph.unsigned("wz", [4], [100, 100, 100, 100])
    try expectRefusal(graph, "the node 'dequantizelinear' (DequantizeLinear)", "zero point 100", "155")
    #expect(firstFloats(1, of: try importing(graph, dequantize: true)) == [77.5])
  }

  @Test(arguments: [Float.nan, .infinity, -1, 0, 1e-38, 3e30])
  func `a map's scale is a number above 0`(scale: Float) throws {
    var graph = QuantizedGraph()
    graph.scale = [scale]
    try expectRefusal(graph, "(QuantizeLinear)", "has the scale")
  }

  @Test(arguments: [Float.nan, .infinity, -1])
  func `a weight's scale is a number that is not negative`(scale: Float) throws {
    var graph = QuantizedGraph()
    graph.weightScales = [0.5, 0.5, scale, 0.5]
    try expectRefusal(graph, "(DequantizeLinear)", "have the scale")
  }

  @Test func `scales of another number or axis are refused`() throws {
    var graph = QuantizedGraph()
    graph.weightScales = [1, 1, 1]
    try expectRefusal(graph, "(DequantizeLinear)", hasWay: false)
    graph = QuantizedGraph()
    graph.axis = 1
    try expectRefusal(graph, "(DequantizeLinear)", hasWay: false)
    graph = QuantizedGraph()
    graph.more =
      Graph.constant("s3", [3], floats: [0.5, 0.5, 0.5]) + Graph.constant("z3", [3], type: 2, raw: 3)
    (graph.writeScale, graph.readScale, graph.imageZero) = ("s3", "s3", "z3")
    try expectRefusal(graph, "3 scales for a map, which has one here")
  }

  @Test func `integers of 16 bits are refused`() throws {
    var graph = QuantizedGraph()
    graph.zeros = Graph.constant("z", [], type: 4, raw: 2) + Graph.constant("z0", [], type: 4, raw: 2)
    try expectRefusal(graph, "(QuantizeLinear)", "makes other integers than those of 8 bits", hasWay: false)
  }

  @Test func `a value that is rounded in two ways, or for some readers alone, is refused`() throws {
    var graph = QuantizedGraph()
    graph.more =
      Graph.constant("s2", [], floats: [0.07])
      + Graph.node("QuantizeLinear", ["raw", "s2", "z0"], ["other_q"])
      + Graph.node("DequantizeLinear", ["other_q", "s2", "z0"], ["other"])
    graph.shortcut = "other"
    try expectRefusal(graph, "0.07", "0.05", "a map here has one scale")
    #expect(try importing(graph, dequantize: true).quantization == nil)
    graph = QuantizedGraph()
    graph.shortcut = "raw"
    try expectRefusal(graph, "(Add)", "before it is rounded")
  }

  @Test func `integers that are read with another scale than they were made with are refused`() throws {
    var graph = QuantizedGraph()
    graph.more = Graph.constant("s2", [], floats: [0.07])
    graph.readScale = "s2"
    try expectRefusal(graph, "(DequantizeLinear)", "has the scale 0.07", "made with 0.05")
  }

  @Test func `maps without a layer of integers are refused`() throws {
    var graph = QuantizedGraph()
    graph.hasIntegers = false
    try expectRefusal(graph, "no layer that reads such a value has weights of integers")
  }
}

/// The first integers of a layer's weights.
private func first(_ count: Int, of weights: IntegerWeights) -> [Int8] {
  let integers = weights.integers
  var found: [Int8] = []
  for index in 0..<count { found.append(integers[index]) }
  return found
}

/// The first numbers of the first layer's weights.
private func firstFloats(_ count: Int, of model: Model) -> [Float] {
  let floats = model.parameter("conv1.weight").floats
  var found: [Float] = []
  for index in 0..<count { found.append(floats[index]) }
  return found
}

/// Numbers, and behind them others up to those of the first layer.
private func filled<Number>(_ first: [Number], with other: Number) -> [Number] {
  var numbers = first
  numbers.append(contentsOf: repeatElement(other, count: 108 - first.count))
  return numbers
}

/// A quantized network of one block, parts of which may be others.
private struct QuantizedGraph {
  private typealias Graph = GraphBytes

  /// The scale of all maps.
  var scale: [Float] = [0.05]
  /// The zero points `z` of the image and `z0` of what follows a ReLU.
  var zeros = GraphBytes.unsigned("z", [], [128]) + GraphBytes.constant("z0", [], type: 2, raw: 1)
  /// The scales by which the image's integers are made and read, and their zero point.
  var writeScale = "s"
  var readScale = "s"
  var imageZero = "z"
  var weights = GraphBytes.signed(
    "w0", [4, 3, 3, 3], filled([-3, 5, -128, 127], with: 0))
  var weightScales: [Float] = [0.5, 0.25, 2, 1]
  var weightZeros: [UInt8]?
  var axis = 0
  var hasReLUs = true
  /// True if the branch of the block is rounded in front of the sum.
  var roundsBranch = false
  /// False for weights of real numbers.
  var hasIntegers = true
  /// What the block's sum reads beside the branch.
  var shortcut = "stem"
  var more: [UInt8] = []

  private static let padded = GraphBytes.attribute("pads", integers: [1, 1, 1, 1])

  private func rounded(
    _ value: String, as name: String, _ zero: String = "z0", write: String = "s", read: String = "s"
  ) -> [UInt8] {
    let quantized = "\(name)_q"
    let first = Graph.node("QuantizeLinear", [value, write, zero], [quantized])
    return first + Graph.node("DequantizeLinear", [quantized, read, zero], [name])
  }

  private func rectified(_ value: String, as name: String) -> [UInt8] {
    Graph.node(hasReLUs ? "Relu" : "Identity", [value], [name])
  }

  private func layer(_ number: Int, _ weights: [UInt8], _ shape: [Int]) -> [UInt8] {
    guard hasIntegers else { return Graph.constant("f\(number)", shape) }
    let zeros = number == 0 ? weightZeros ?? [] : []
    let inputs: [String] = zeros.isEmpty ? ["w\(number)", "ws"] : ["w\(number)", "ws", "wz"]
    let node = Graph.node(
      "DequantizeLinear", inputs, ["f\(number)"], more: Graph.attribute("axis", integer: axis))
    return weights + zeros + node
  }

  var bytes: [UInt8] {
    let extents = { (numbers: [Float]) -> [Int] in numbers.count == 1 ? [] : [numbers.count] }
    let inner = Graph.constant("w1", [4, 4, 3, 3], type: 3, raw: 144)
    let second = Graph.constant("w2", [4, 4, 3, 3], type: 3, raw: 144)
    let branch = roundsBranch ? rounded("c2", as: "branch") : Graph.node("Identity", ["c2"], ["branch"])
    // One list for the compiler: it takes minutes for sums of so many terms.
    let parts: [[UInt8]] = [
      Graph.constant("s", extents(scale), floats: scale),
      Graph.constant("ws", extents(weightScales), floats: weightScales),
      zeros,
      rounded("input", as: "image", imageZero, write: writeScale, read: readScale),
      layer(0, weights, [4, 3, 3, 3]),
      Graph.node("Conv", ["image", "f0"], ["c0"], more: Self.padded),
      rectified("c0", as: "raw"), rounded("raw", as: "stem"), more,
      layer(1, inner, [4, 4, 3, 3]),
      Graph.node("Conv", ["stem", "f1"], ["c1"], more: Self.padded),
      rectified("c1", as: "r1"), rounded("r1", as: "first"),
      layer(2, second, [4, 4, 3, 3]),
      Graph.node("Conv", ["first", "f2"], ["c2"], more: Self.padded),
      branch,
      Graph.node("Add", ["branch", shortcut], ["sum"]), rectified("sum", as: "r2"),
      rounded("r2", as: "last"),
      Graph.node("GlobalAveragePool", ["last"], ["pooled"]),
      Graph.node("Flatten", ["pooled"], ["features"]),
      Graph.constant("w3", [5, 4]), Graph.constant("b3", [5]),
      Graph.node("Gemm", ["features", "w3", "b3"], ["output"], more: Graph.attribute("transB", integer: 1)),
    ]
    return Graph.model(Array(parts.joined()))
  }
}

extension GraphBytes {
  /// A constant of uint8.
  fileprivate static func unsigned(_ name: String, _ dimensions: [Int], _ integers: [UInt8]) -> [UInt8] {
    constant(name, dimensions, type: 2, raw: 0, more: bytes(9, integers))
  }

  /// A constant of int8.
  fileprivate static func signed(_ name: String, _ dimensions: [Int], _ integers: [Int8]) -> [UInt8] {
    constant(name, dimensions, type: 3, raw: 0, more: bytes(9, integers.map { UInt8(bitPattern: $0) }))
  }

  /// A constant whose integers are numbers of 32 bits and variable length.
  fileprivate static func varints(
    _ name: String, _ dimensions: [Int], type: Int, _ integers: [Int]
  ) -> [UInt8] {
    constant(
      name, dimensions, type: type, raw: 0,
      more: bytes(5, integers.flatMap { varint(UInt64(bitPattern: Int64($0))) }))
  }
}
