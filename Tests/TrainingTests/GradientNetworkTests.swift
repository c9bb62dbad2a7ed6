import ModelDescriptor
import ResNetGraph
import ResNetModel
import TestSupport
import Testing
import Threads

@testable import Training

/// Derivatives of logits by the outputs of nodes, against finite differences of ``DoubleNetwork``.
@Suite struct GradientNetworkTests {
  @Test(arguments: TrainedNetworks.all.map(\.name))
  func `derivatives by every node agree with finite differences`(name: String) throws {
    let architecture = try #require(TrainedNetworks.named(name))
    let model = try TestTraining.model(architecture)
    let input = architecture.input
    let batch = TrainingBatch(
      capacity: 2, shape: FeatureShape(channels: input.channels, height: input.height, width: input.width))
    TestTraining.fill(batch, count: 2, seed: "pictures", classes: architecture.classes)
    let reference = try DoubleNetwork(model, height: input.height, width: input.width, trained: [])
    // The second image alone, so that places of a batch count.
    var image = DoubleNetwork.Maps(
      images: 1, channels: input.channels, height: input.height, width: input.width)
    batch.withInput(1) { span in
      for index in span.indices {
        image.values[index % input.channels * image.pixels + index / input.channels] = Double(span[index])
      }
    }
    let logits = reference.logits(image).values
    let directions: [GradientNetwork.Direction] = [[(0, 1)], [(1, 1), (0, -1)]]
    let pool = WorkerPool(threads: 2)
    var (nodes, smooth) = (0, 0)
    for node in 0..<model.graph.nodes.count - 1 {
      let title = model.graph.nodes[node].name
      let network = try GradientNetwork(model, node: node, capacity: 3, pool: pool)
      network.begin(batch)
      network.forward()
      let scale = logits.map(abs).max() ?? 1
      network.withLogits(of: 1) { found in
        for (index, want) in logits.enumerated() {
          #expect(abs(Double(found[index]) - want) <= 1e-4 * scale, "\(title): logit \(index)")
        }
      }
      network.backward(directions)
      let gradient = network.withGradient(of: 1) { span in span.indices.map { Double(span[$0]) } }
      let length = gradient.reduce(0) { $0 + $1 * $1 }.squareRoot()
      // Signs at random, of a length with which the derivative is about 1.
      let unit = length > 0 ? length : Double(gradient.count).squareRoot()
      var noise = Noise(text: title)
      let signs = gradient.map { _ in noise.next() < 0 ? -1 / unit : 1 / unit }
      let slope = zip(gradient, signs).reduce(0) { $0 + $1.0 * $1.1 }
      let shape = network.nodeShape
      let pixels = shape.height * shape.width
      let step = 1e-6 * unit
      func answer(_ distance: Double) -> Double {
        var shift = Array(repeating: 0.0, count: signs.count)
        for (index, sign) in signs.enumerated() {
          shift[index % shape.channels * pixels + index / shape.channels] = distance * sign
        }
        let logits = reference.logits(image, shifting: node, by: shift).values
        return logits[1] - logits[0]
      }
      let (left, right) = ((answer(0) - answer(-step)) / step, (answer(step) - answer(0)) / step)
      nodes += 1
      // Where a ReLU or a maximum has equal values, as zeros behind a ReLU are, both sides differ, and there is no one derivative.
      guard abs(left - right) <= 1e-4 else { continue }
      smooth += 1
      let want = (left + right) / 2
      // Single precision in sums of up to 500 products, layer after layer.
      #expect(abs(slope - want) <= 2e-3, "\(title): \(slope) for \(want)")
    }
    #expect(2 * smooth >= nodes, "\(smooth) of \(nodes) nodes have a derivative to compare with")
  }

  @Test func `a second derivative of the same images is that of a network of its own`() throws {
    let architecture = try #require(TrainedNetworks.named("squeeze-and-excitation"))
    let model = try TestTraining.model(architecture)
    let node = try #require(model.graph.node(atPath: "layer1"))
    let pool = WorkerPool(threads: 1)
    let network = try GradientNetwork(model, node: node, capacity: 1, pool: pool)
    let batch = TrainingBatch(capacity: 1, shape: network.imageShape)
    TestTraining.fill(batch, count: 1, seed: "picture", classes: architecture.classes)
    func gradient(_ network: GradientNetwork, _ logit: Int) -> [Float] {
      network.forward()
      network.backward([[(logit, 1)]])
      return network.withGradient(of: 0) { span in span.indices.map { span[$0] } }
    }
    network.begin(batch)
    let first = gradient(network, 0)
    let second = gradient(network, 1)
    let other = try GradientNetwork(model, node: node, capacity: 1, pool: pool)
    other.begin(batch)
    #expect(gradient(other, 1) == second)
    #expect(first != second)
  }
}
