import Inference
import Kernels
import ModelDescriptor
import ReferenceKernels
import ResNetGraph
import ResNetModel
import TensorCore
import Testing
import Threads

/// Networks with integers: all that the layers can be, in every form of network.
@Suite struct QuantizedNetworkTests {
  @Test(arguments: TestNetworks.all.map(\.name), [(16, 20), (17, 9)])
  func aNetworkAgreesWithTheReference(name: String, size: (Int, Int)) throws {
    let model = try quantized(name, size: size)
    let input = TestNetworks.images(
      2, channels: model.descriptor.architecture.input.channels, height: size.0, width: size.1)
    let session = try InferenceSession(
      plan: InferencePlan(model, height: size.0, width: size.1, threads: 1), capacity: 2, threads: 1)
    let got = try session.logits(for: input).values
    for image in 0..<2 {
      let want = model.referenceLogits(input.map(image))
      let largest = want.map(abs).max() ?? 0
      for (index, value) in want.enumerated() {
        let error = abs(got[image * want.count + index] - value) / largest
        // A value next to the middle of two bytes may be rounded to either; what follows then differs by a step of its map.
        #expect(error <= 0.03, "logit \(index): \(got[image * want.count + index]) for \(value)")
      }
    }
  }

  @Test(arguments: TestNetworks.all.map(\.name))
  func allKernelsBatchesAndThreadsGiveTheSameBits(name: String) throws {
    let model = try quantized(name, size: (32, 28))
    let input = TestNetworks.images(
      9, channels: model.descriptor.architecture.input.channels, height: 32, width: 28)
    func logits(_ table: ByteKernelTable, capacity: Int, threads: Int) throws -> [Float] {
      let plan = try InferencePlan(
        model, height: 32, width: 28, pool: WorkerPool(threads: threads), byteKernels: table)
      return try InferenceSession(plan: plan, capacity: capacity, threads: threads).logits(for: input).values
    }
    let want = try logits(.current, capacity: 1, threads: 1)
    for table in ByteKernelTable.available {
      for (capacity, threads) in [(1, 2), (3, 1), (9, 2), (16, 4)] {
        #expect(
          try logits(table, capacity: capacity, threads: threads) == want,
          "\(table.name), capacity \(capacity), \(threads) threads")
      }
    }
  }

  @Test func aMapThatIsWantedHasTheValuesOfItsBytes() throws {
    let model = try quantized("basic", size: (16, 20))
    let graph = model.graph
    let node = try #require(graph.nodes.firstIndex { $0.name == "layer1.0.relu1" })
    let plan = try InferencePlan(
      model, height: 16, width: 20, outputs: [node, graph.nodes.count - 1])
    let session = try InferenceSession(plan: plan, threads: 1)
    let input = TestNetworks.images(1, height: 16, width: 20)
    _ = try session.logits(for: input)
    let map = try #require(model.descriptor.architecture.quantization?.maps["layer1.0.relu1"])
    session.withOutput(node, of: 0) { values in
      var seen: Set<Float> = []
      for index in values.indices {
        let byte = values[index] / map.scale
        #expect(abs(byte - byte.rounded()) < 1e-3 && (0...255).contains(byte.rounded()))
        seen.insert(values[index])
      }
      #expect(seen.count > 10)
    }
  }

  /// The network of that name with integers wherever it can have them, and ranges from the reference's maps of two images.
  private func quantized(_ name: String, size: (Int, Int)) throws -> Model {
    let architecture = try #require(TestNetworks.all.first { $0.name == name }).architecture
    let model = try TestNetworks.model(architecture)
    let input = TestNetworks.images(2, channels: architecture.input.channels, height: size.0, width: size.1)
    let maps = (0..<2).map { model.referenceMaps(input.map($0)) }
    let parts = QuantizableParts(model.graph)
    var record = Quantization(maps: [:], layers: parts.layers.map { model.graph.nodes[$0].name })
    for map in parts.maps {
      let values = maps.flatMap { $0[parts.sources[map] ?? map].values }
      let (least, greatest) = (min(0, values.min() ?? 0), max(0, values.max() ?? 0))
      let scale = max((greatest - least) / 255, 1e-6)
      record.maps[model.graph.nodes[map].name] = Quantization.Map(
        scale: scale, zeroPoint: UInt8(min(255, max(0, (-least / scale).rounded()))))
    }
    var tensors = model.parameters
    for layer in record.layers {
      tensors[layer + ".weight"] = try model.parameter(layer + ".weight").narrowed(to: .int8)
    }
    var descriptor = model.descriptor
    descriptor.architecture.quantization = record
    return try Model(descriptor: descriptor, parameters: tensors)
  }
}

extension Tensor {
  /// One image of [images, channels, height, width].
  fileprivate func map(_ image: Int) -> Reference.Map {
    let (channels, height, width) = (shape.dimensions[1], shape.dimensions[2], shape.dimensions[3])
    let count = channels * height * width
    return Reference.Map(
      channels: channels, height: height, width: width,
      values: Array(values[image * count..<(image + 1) * count]))
  }
}
