import Exporters
import Importers
import ModelDescriptor
import ResNetGraph
import ResNetModel
import TensorCore
import TestSupport
import Testing

/// What leaves of a quantized network is said.
@Suite struct QuantizedExportTests {
  private let folder = TemporaryFolder()

  private static let vectors = [
    "quantized", "quantized-kept", "quantized-sums", "quantized-attention", "quantized-head",
    "quantized-blur", "quantized-every-step", "quantized-every-step-before",
    "quantized-scales",
  ]

  private func model(_ name: String = "quantized") throws -> Model {
    let root = #filePath.split(separator: "/").dropLast(3).reduce("") { $0 + "/" + $1 }
    return try Model(contentsOf: root + "/spec/vectors/networks/\(name).rzoo")
  }

  @Test func `weights leave as a network of real numbers, and the report says so first`() throws {
    let model = try model()
    let reports = [
      try model.exportSafetensors(to: folder.file("a.safetensors")),
      try model.exportRaw(folder: folder.file("raw")),
    ]
    for (report, path) in zip(reports, ["a.safetensors", "raw"]) {
      let note = "\(try #require(report.notes.first))"
      #expect(note.hasPrefix("quantization: left out. The export is a network of real numbers"), "\(note)")
      let copy = try importWeights(folder.file(path)).model
      #expect(copy.quantization == nil)
      for parameter in model.graph.parameters {
        let bytes = Array(copying: copy.parameter(parameter.name).bytes)
        #expect(bytes == Array(copying: model.parameter(parameter.name).bytes), "\(parameter.name)")
      }
    }
  }

  @Test(arguments: [false, true])
  func `an ONNX file has the maps and the integers`(folding: Bool) throws {
    let model = try model()
    let quantization = try #require(model.quantization)
    let report = try model.exportONNX(to: folder.file("a.onnx"), folding: folding)
    #expect(
      "\(report.notes)".contains("quantization: kept. The weights of \(quantization.layers.count) layers"))
    #expect("\(report.notes)".contains("exportONNX(to:folding:)") == !folding)
    let file = try ONNXFile(folder.file("a.onnx"))
    #expect(file.kinds["QuantizeLinear"] == quantization.maps.count)
    #expect(file.kinds["DequantizeLinear"] == quantization.maps.count + quantization.layers.count)
    for (name, map) in quantization.maps {
      #expect(file.floats(name + ".scale") == [map.scale])
      let zero = try #require(file.constants[name + ".zero_point"])
      // 2 is uint8, a number alone has no extents.
      #expect(zero.type == 2 && zero.dimensions.isEmpty && zero.data == [map.zeroPoint])
      // A folded norm has the convolution's name.
      guard name == "input" || file.steps.contains(where: { $0.outputs == [name] }) else { continue }
      // Every reader sees the rounded value.
      let readers = file.steps.filter { $0.inputs.contains(name) }
      #expect(readers.map(\.kind) == ["QuantizeLinear"], "\(name)")
    }
    for layer in quantization.layers {
      let weights = try #require(model.integerWeights(ofLayer: layer))
      let integers = try #require(file.constants[layer + ".weight.quantized"])
      #expect(integers.type == 3 && integers.dimensions == weights.shape.dimensions.map { Int64($0) })
      let maker = try #require(file.steps.first { $0.outputs == [layer + ".weight"] })
      #expect(maker.kind == "DequantizeLinear" && maker.attributes == ["axis": "[0]"])
      if !folding {
        #expect(file.floats(layer + ".weight.scale") == weights.scales)
        let own = weights.integers
        #expect(own.indices.map { UInt8(bitPattern: own[$0]) } == integers.data)
      }
    }
  }

  @Test(arguments: vectors)
  func `an ONNX file gives the same network back, bit for bit`(name: String) throws {
    let model = try model(name)
    try model.exportONNX(to: folder.file("a.onnx"))
    let copy = try importWeights(folder.file("a.onnx")).model
    #expect(copy.quantization == model.quantization)
    for parameter in model.graph.parameters {
      let stored = try #require(copy.tensors.stored(parameter.name))
      let own = try #require(model.tensors.stored(parameter.name))
      let isInteger = own.elementType == .int8 && stored.elementType == .int8
      // Integers of layers that do not compute with them come back as real numbers.
      #expect(isInteger || stored.elementType == .float32, "\(parameter.name)")
      let (first, second) =
        isInteger ? (own, stored) : (model.parameter(parameter.name), copy.parameter(parameter.name))
      #expect(Array(copying: first.bytes) == Array(copying: second.bytes), "\(parameter.name)")
    }
    for layer in model.quantization?.layers ?? [] {
      #expect(copy.tensors.storedType(of: layer + ".weight") == .int8)
    }
    let plain = try importWeights(folder.file("a.onnx"), options: ImportOptions(dequantize: true)).model
    #expect(plain.quantization == nil)
    for layer in model.quantization?.layers ?? [] {
      #expect(plain.tensors.storedType(of: layer + ".weight") == .float32, "\(layer)")
    }
  }

  /// The value of a weight times its norm's factor is as near to the unfolded one as a step of single precision.
  @Test func `folded norms change scales, and the sign of integers`() throws {
    let model = try model()
    try model.exportONNX(to: folder.file("a.onnx"), folding: true)
    let file = try ONNXFile(folder.file("a.onnx"))
    var signs: Set<Bool> = []
    for (index, node) in model.graph.nodes.enumerated() {
      guard case .convolution = node.operation, let weights = model.integerWeights(ofLayer: node.name),
        let norm = model.graph.nodes.indices.first(where: { model.graph.nodes[$0].inputs == [index] }),
        case .batchNormalization = model.graph.nodes[norm].operation
      else { continue }
      let (factors, shifts) = model.scaleAndShift(ofConvolution: index, norm: norm)
      let scales = file.floats(node.name + ".weight.scale")
      let integers = try #require(file.constants[node.name + ".weight.quantized"]).data
      #expect(file.floats(node.name + ".bias") == shifts.map { Float($0) })
      let own = weights.integers
      let size = own.count / scales.count
      for channel in scales.indices {
        #expect(scales[channel] == Float(Double(weights.scales[channel]) * factors[channel].magnitude))
        signs.insert(factors[channel] < 0)
        for place in channel * size..<(channel + 1) * size {
          let sign: Int8 = factors[channel] < 0 ? -1 : 1
          #expect(Int8(bitPattern: integers[place]) == own[place] * sign)
        }
      }
    }
    #expect(signs.contains(false))
  }
}
