import Files
import Messages
import ModelDescriptor
import ONNXInterpreter
import ResNetModel
import TestSupport
import Testing
import WeightFiles

@testable import Importers

/// ONNX graphs whose nodes or constants are made to stop, to fill or to mislead their reader.
@Suite struct HostileGraphTests {
  private typealias Graph = GraphBytes
  private let folder = TemporaryFolder()

  private func interpreter(_ fields: [UInt8]) throws -> ONNXInterpreter {
    let path = folder.write(Graph.model(fields), to: "x.onnx")
    return ONNXInterpreter(try ONNXFile(InputFile.open(path)), threads: 1)
  }

  private func importing(_ bytes: [UInt8]) throws -> ImportReport {
    try WeightImport(folder.write(bytes, to: "x.onnx")).report()
  }

  // MARK: Values

  @Test(arguments: [Int.max, .min, 5, -5])
  func anAxisBeyondItsValueIsRefused(axis: Int) throws {
    let error = #expect(throws: WeightFileError.self) { try sum(axis: axis) }
    #expect(error?.code == .unsupportedGraph && error?.message.contains("no axis") == true)
  }

  @Test(arguments: [1, -3])
  func anAxisOfAnOldSumIsCountedFromEitherEnd(axis: Int) throws {
    #expect(try sum(axis: axis).floats == [1, 1, 2, 2])
  }

  /// The sum of a map of zeros and of a number for each channel.
  private func sum(axis: Int) throws -> ONNXValue {
    let settings = Graph.attribute("broadcast", integer: 1) + Graph.attribute("axis", integer: axis)
    return try interpreter(
      Graph.constant("b", [2], floats: [1, 2])
        + Graph.node("Add", ["input", "b"], ["output"], more: settings)
    ).run(
      inputs: ["input": ONNXValue(shape: [1, 2, 1, 2], .floats([0, 0, 0, 0]))], output: "output")
  }

  @Test func anInputThatIsLeftOutIsNoOutputWithoutAName() throws {
    let value = try interpreter(
      Graph.constant("c", [2], floats: [5, 7])
        + Graph.node("Split", ["c"], ["", "rest"], more: Graph.attribute("axis", integer: 0))
        + Graph.node("Clip", ["input", ""], ["clipped"]) + Graph.node("Add", ["clipped", "rest"], ["output"])
    ).run(inputs: ["input": ONNXValue(shape: [2], .floats([-1, 1]))], output: "output")
    #expect(value.floats == [6, 8])
  }

  /// Each makes a value of no elements whose other extents are large.
  @Test(arguments: [
    Graph.node("Gather", ["c", "first"], ["output"], more: Graph.attribute("axis", integer: 1)),
    Graph.node("Concat", ["c", "c"], ["output"], more: Graph.attribute("axis", integer: 2)),
    Graph.node("Pad", ["c"], ["output"], more: Graph.attribute("pads", integers: [0, 0, 0, 0, 0, 0])),
    Graph.node("InstanceNormalization", ["c", "one", "one"], ["output"]),
    Graph.node("BatchNormalization", ["c", "one", "one", "one", "one"], ["output"]),
    Graph.node("Softmax", ["c"], ["output"]),
    Graph.node("ReduceMean", ["c"], ["output"], more: Graph.attribute("axes", integers: [1])),
    Graph.node("MatMul", ["c", "none"], ["output"]),
  ])
  func noElementsTakeNoTime(node: [UInt8]) throws {
    let interpreter = try interpreter(
      Graph.constant("c", [1 << 28, 1, 0], raw: 0) + Graph.constant("first", [1], integers: [0])
        + Graph.constant("one", [1], floats: [1]) + Graph.constant("none", [0, 0], raw: 0) + node)
    var values: [String: ONNXValue] = [:]
    let time = try ContinuousClock().measure {
      values = try interpreter.shapes(of: interpreter.file.nodes, inputs: ["input": [1, 3, 8, 8]])
    }
    // 2^28 calls of anything take longer by far.
    #expect(time < .seconds(2), "\(time)")
    #expect(values["output"]?.count == 0)
  }

  @Test func extentsAreFoundWithABoundedNumberOfElements() throws {
    let nodes = (0..<2000).flatMap { Graph.node("ConstantOfShape", ["size"], ["v\($0)"]) }
    let interpreter = try interpreter(
      Graph.constant("size", [1], integers: [4096]) + nodes + Graph.relu)
    let values = try interpreter.shapes(of: interpreter.file.nodes, inputs: ["input": [1, 3, 8, 8]])
    #expect(values["v1999"]?.shape == [4096])
    #expect(values.values.reduce(0) { $0 + ($1.floats?.count ?? 0) } < 1 << 21)
  }

  @Test func constantsThatAreKeptTogetherAreBounded() throws {
    let names = (0..<64).map { "v\($0)" }
    let constant = Graph.constant("c", [100_000])
    let error = #expect(throws: WeightFileError.self) {
      try interpreter(
        constant + names.flatMap { Graph.node("Neg", ["c"], [$0]) } + Graph.node("Sum", names, ["output"])
      ).fold("output")
    }
    #expect(error?.code == .unsupportedGraph)
    // One after the other they are few at a time.
    let chain = zip(["c"] + names, names).flatMap { Graph.node("Neg", [$0], [$1]) }
    #expect(try interpreter(constant + chain + Graph.relu).fold("v19").floats?.count == 100_000)
  }

  @Test func readingOneConstantAgainAndAgainEnds() throws {
    let interpreter = try interpreter(Graph.constant("c", [1 << 20]) + Graph.relu)
    let error = #expect(throws: WeightFileError.self) {
      for _ in 0..<2000 { _ = try interpreter.fold("c") }
    }
    #expect(error?.code == .unsupportedGraph)
  }

  // MARK: Inputs and outputs

  @Test func imagesAreBoundedByTheirProduct() throws {
    var net = SmallGraph()
    net.input = [1, 4096, 4096, 4096]
    let error = #expect(throws: ImportError.self) { try importing(net.bytes) }
    #expect(error?.code == .graph && error?.message.contains("larger than any") == true)
  }

  @Test(arguments: [(1, false, 32), (2, false, 224), (1, true, 224)])
  func freeSidesAreAssumedByTheStem(stride: Int, hasPool: Bool, side: Int) throws {
    var net = SmallGraph()
    net.input = [0, 3, 0, 0]
    net.stride = stride
    if hasPool {
      net.pool = Graph.node(
        "MaxPool", ["raw"], ["stem"],
        more: Graph.attribute("kernel_shape", integers: [3, 3])
          + Graph.attribute("strides", integers: [2, 2])
          + Graph.attribute("pads", integers: [1, 1, 1, 1]))
    }
    let source = try ONNXSource(ONNXFile(InputFile.open(folder.write(net.bytes, to: "x.onnx"))))
    #expect(source.height == side && source.width == side)
    #expect(source.assumption?.what == "images are \(side)×\(side) pixels")
    net.input = [1, 3, 24, 24]
    let fixed = try ONNXSource(ONNXFile(InputFile.open(folder.write(net.bytes, to: "x.onnx"))))
    #expect(fixed.height == 24 && fixed.assumption == nil)
  }

  @Test func anAssumedSideIsListed() throws {
    var net = SmallGraph()
    net.input = [0, 3, 0, 0]
    let model = try importing(net.bytes).model
    #expect(model.descriptor.architecture.input.height == 32)
    #expect(model.descriptor.assumptions.contains { $0.what == "images are 32×32 pixels" })
  }

  @Test func `of logits and other outputs the first must be the answer, as programs take it`() throws {
    var net = SmallGraph()
    net.outputs = [("output", [1, 5]), ("features", [1, 4])]
    #expect(try importing(net.bytes).model.descriptor.architecture.classes == 5)
    net.more = Graph.node("Softmax", ["output"], ["probabilities"])
    for outputs in [["output", "probabilities"], ["probabilities", "output"]] {
      net.outputs = outputs.map { ($0, [1, 5]) }
      #expect(try importing(net.bytes).model.descriptor.architecture.classes == 5)
    }
    // The same numbers under another name.
    net.more = Graph.node("Identity", ["output"], ["same"])
    net.outputs = [("same", [1, 5]), ("output", [1, 5])]
    #expect(try importing(net.bytes).model.descriptor.architecture.classes == 5)
    // Features, a map, and another classifier whose extents are not said.
    net.more =
      Graph.node("Flatten", ["pooled"], ["embedding"]) + Graph.constant("w4", [5, 4])
      + Graph.node("Gemm", ["features", "w4"], ["other"], more: Graph.attribute("transB", integer: 1))
    for first in [("features", [1, 4]), ("embedding", [1, 4]), ("r1", [1, 4, 8, 8]), ("other", [])] {
      net.outputs = [first, ("output", [1, 5])]
      let error = #expect(throws: ImportError.self) { try importing(net.bytes) }
      #expect(error?.code == .graph)
      #expect(
        error?.message.contains("first output is '\(first.0)'") == true
          && error?.message.contains("is 'output'") == true, "\(error?.message ?? "")")
    }
  }

  @Test(arguments: [
    Graph.attribute("epsilon", integer: 1), Graph.attribute("alpha", integers: [1]),
    Graph.attribute("axis", integer: 1),
  ])
  func `a setting that its operator does not have in this form is refused`(setting: [UInt8]) throws {
    var net = SmallGraph()
    net.norm =
      Graph.constant("one", [4], floats: [1, 1, 1, 1])
      + Graph.node(
        "BatchNormalization", ["first", "one", "one", "one", "one"], ["normalized"], more: setting)
    let error = #expect(throws: ImportError.self) { try importing(net.bytes) }
    #expect(error?.code == .graph && error?.message.contains("has the setting '") == true)
    net.norm = Graph.node("Relu", ["first"], ["normalized"], more: setting)
    #expect(throws: ImportError.self) { try importing(net.bytes) }
  }

  @Test func twoClassifiersAreAskedAbout() throws {
    var net = SmallGraph()
    net.more =
      Graph.constant("w4", [7, 4])
      + Graph.node("Gemm", ["features", "w4"], ["other"], more: Graph.attribute("transB", integer: 1))
    net.outputs = [("other", [1, 7]), ("output", [1, 5])]
    let error = #expect(throws: ImportError.self) { try importing(net.bytes) }
    #expect(error?.code == .graph && error?.message.contains("'other' and 'output'") == true)
  }

  // MARK: Networks

  @Test func theSmallNetworkIsOne() throws {
    let model = try importing(SmallGraph().bytes).model
    #expect(model.descriptor.architecture.stages.map(\.blocks) == [1])
    #expect(model.descriptor.architecture.classes == 5)
  }

  @Test func stridesWhoseProductOverflowsAreRefused() throws {
    var net = SmallGraph()
    let strides = Graph.attribute("strides", integers: [65536, 65536])
    let pool =
      Graph.attribute("kernel_shape", integers: [2, 2]) + strides
      + Graph.attribute("pads", integers: [0, 0, 1, 1])
    net.residual =
      Graph.constant("p", [4, 4, 1, 1]) + Graph.node("Conv", ["stem", "p"], ["a"], more: strides)
      + Graph.node("Conv", ["a", "p"], ["b"], more: strides)
      + Graph.node("Conv", ["b", "p"], ["c"], more: strides)
      + Graph.node("AveragePool", ["c"], ["residual"], more: pool)
    net.shortcut = Graph.node("Conv", ["stem", "p"], ["shortcut"], more: strides)
    let error = #expect(throws: ImportError.self) { try importing(net.bytes) }
    #expect(error?.code == .graph && error?.message.contains("stride") == true, "\(error?.message ?? "")")
  }

  @Test func aMapThatIsDividedIsNamedAsOne() throws {
    var net = SmallGraph()
    net.norm =
      Graph.constant("two", [1], floats: [2]) + Graph.node("Relu", ["first"], ["rectified"])
      + Graph.node("Div", ["rectified", "two"], ["normalized"])
    let error = #expect(throws: ImportError.self) { try importing(net.bytes) }
    #expect(error?.message.contains("divides a map by constants") == true, "\(error?.message ?? "")")
  }

  @Test(arguments: [3, 40])
  func aNormIsShiftedSomeTimesButNotWithoutEnd(count: Int) throws {
    var net = SmallGraph()
    let names = (0...count).map { "n\($0)" }
    let shifts = zip(names, names.dropFirst()).flatMap { Graph.node("Add", [$0, "shift"], [$1]) }
    net.norm =
      Graph.constant("one", [4], floats: [1, 1, 1, 1]) + Graph.constant("shift", [1, 4, 1, 1])
      + Graph.node("BatchNormalization", ["first", "one", "one", "one", "one"], ["n0"]) + shifts
      + Graph.node("Identity", ["n\(count)"], ["normalized"])
    if count < 16 {
      _ = try importing(net.bytes)
    } else {
      let error = #expect(throws: ImportError.self) { try importing(net.bytes) }
      #expect(error?.code == .graph && error?.message.contains("shifts a norm") == true)
    }
  }
}

/// A residual network of one block as an exporter writes it, parts of which may be others.
struct SmallGraph {
  private typealias Graph = GraphBytes

  /// Extents of the input; 0 for one that is free.
  var input = [1, 3, 8, 8]
  /// Makes `residual` of `stem`, in place of two convolutions.
  var residual: [UInt8]?
  /// Makes `shortcut` of `stem`.
  var shortcut = GraphBytes.node("Identity", ["stem"], ["shortcut"])
  /// Makes `normalized` of `first`.
  var norm = GraphBytes.node("Identity", ["first"], ["normalized"])
  /// Makes `stem` of `raw`.
  var pool = GraphBytes.node("Identity", ["raw"], ["stem"])
  /// Strides of the stem.
  var stride = 1
  var outputs: [(name: String, dimensions: [Int])] = [("output", [1, 5])]
  /// Nodes beside the network's.
  var more: [UInt8] = []

  private static let padded = GraphBytes.attribute("pads", integers: [1, 1, 1, 1])

  var bytes: [UInt8] {
    let stem =
      Graph.constant("w0", [4, 3, 3, 3])
      + Graph.node(
        "Conv", ["input", "w0"], ["c0"],
        more: Self.padded + Graph.attribute("strides", integers: [stride, stride]))
      + Graph.node("Relu", ["c0"], ["raw"]) + pool
    let usual =
      Graph.constant("w1", [4, 4, 3, 3]) + Graph.constant("w2", [4, 4, 3, 3])
      + Graph.node("Conv", ["stem", "w1"], ["first"], more: Self.padded) + norm
      + Graph.node("Relu", ["normalized"], ["r1"])
      + Graph.node("Conv", ["r1", "w2"], ["residual"], more: Self.padded)
    let end =
      Graph.node("Add", ["residual", "shortcut"], ["sum"]) + Graph.node("Relu", ["sum"], ["r2"])
      + Graph.node("GlobalAveragePool", ["r2"], ["pooled"]) + Graph.node("Flatten", ["pooled"], ["features"])
      + Graph.constant("w3", [5, 4]) + Graph.constant("b3", [5])
      + Graph.node("Gemm", ["features", "w3", "b3"], ["output"], more: Graph.attribute("transB", integer: 1))
    return Graph.model(stem + (residual ?? usual) + shortcut + end + more, input: input, outputs: outputs)
  }
}
