import ModelDescriptor
import ResNetGraph
import ResNetModel
import TestSupport
import Testing

@testable import Training

/// Gradients of whole networks against finite differences of ``DoubleNetwork``, in random directions.
@Suite struct NetworkGradientTests {
  private static let images = 4

  @Test(arguments: TrainedNetworks.all.map(\.name))
  func gradientsAgreeWithFiniteDifferences(name: String) throws {
    let architecture = try #require(TrainedNetworks.named(name))
    try check(architecture, selection: "all")
  }

  @Test(arguments: [
    ("bottleneck", "layer2,fc"), ("basic", "layer2.0.conv2"), ("basic", "layer1"), ("basic", "bn1"),
    ("bottleneck", "layer1.0.bn3,layer2.1"), ("pre-activation", "layer2.1,norm"), ("ECA", "layer1.1.se,fc"),
    ("group norm", "layer1.0.conv2,layer1.1.bn2"), ("squeeze-and-excitation", "layer2.0.se.fc1"),
    ("standardised weights", "layer1,fc"), ("7×7 stem, multilayer head", "fc.1"), ("option A", "fc"),
  ])
  func gradientsOfPartsAgree(name: String, selection: String) throws {
    let architecture = try #require(TrainedNetworks.named(name))
    try check(architecture, selection: selection)
  }

  private func check(_ architecture: Architecture, selection: String) throws {
    let model = try TestTraining.model(architecture)
    let input = architecture.input
    let selection = try LayerSelection(selection)
    let network = try TrainingNetwork(model, selection: selection, capacity: Self.images + 1, threads: 2)
    let images = TrainingBatch(
      capacity: Self.images,
      shape: FeatureShape(channels: input.channels, height: input.height, width: input.width))
    TestTraining.fill(images, count: Self.images, seed: "pictures", classes: architecture.classes)
    let features = TrainingBatch(capacity: Self.images, shape: network.inputShape)
    let backbone = try FrozenBackbone(model, boundary: network.boundary, capacity: 3, threads: 1)
    if network.boundary > 0 { backbone.run(images, into: features) }
    let batch = network.boundary > 0 ? features : images
    network.forward(batch, mode: .training(randomness: 0))
    let metrics = network.backward(CrossEntropy(), batch: batch)
    var reference = try DoubleNetwork(
      model, height: input.height, width: input.width, trained: selection.nodes(in: model.graph))
    let maps = planar(images)
    let labels = images.targets.map(\.label)
    let loss = reference.loss(maps, labels: labels)
    // Rounding of some ten thousand sums.
    #expect(abs(metrics.loss - loss) <= 2e-5 * max(1, loss), "loss \(metrics.loss) for \(loss)")

    let gradients = network.gradients
    for seed in 0..<3 {
      // Each tensor has about the same share of the derivative, so that none can be wrong unnoticed.
      let direction = self.direction(network.parameters, gradients, seed: UInt64(seed))
      let slope = zip(gradients, direction).reduce(0) { $0 + Double($1.0) * $1.1 }
      let step = 1e-6 / (direction.map(abs).max() ?? 1)
      let start = reference.tensors
      func loss(at distance: Double) -> Double {
        for parameter in network.parameters {
          for (index, place) in parameter.range.enumerated() {
            reference.tensors[parameter.name]?[index] =
              (start[parameter.name]?[index] ?? 0) + distance * direction[place]
          }
        }
        defer { reference.tensors = start }
        return reference.loss(maps, labels: labels)
      }
      let want = (loss(at: step) - loss(at: -step)) / (2 * step)
      // Of a length of sqrt(tensors); single precision in sums of up to 500 products, layer after layer.
      let bound = 2e-3 * Double(network.parameters.count).squareRoot()
      #expect(abs(slope - want) <= bound, "direction \(seed): \(slope) for \(want)")
    }
  }

  /// Signs at random, scaled so that each tensor's gradient has length 1.
  private func direction(
    _ parameters: [TrainedParameter], _ gradients: [Float], seed: UInt64
  ) -> [Double] {
    var noise = Noise(seed)
    let whole = gradients.reduce(0) { $0 + Double($1) * Double($1) }.squareRoot()
    return parameters.flatMap { parameter in
      let length = gradients[parameter.range].reduce(0) { $0 + Double($1) * Double($1) }.squareRoot()
      return parameter.range.map { _ in
        (noise.next() < 0 ? -1.0 : 1.0) / max(length, 1e-2 * whole)
      }
    }
  }

  private func planar(_ batch: TrainingBatch) -> DoubleNetwork.Maps {
    let shape = batch.shape
    var maps = DoubleNetwork.Maps(
      images: batch.count, channels: shape.channels, height: shape.height, width: shape.width)
    for image in 0..<batch.count {
      batch.withInput(image) { span in
        for pixel in 0..<maps.pixels {
          for channel in 0..<shape.channels {
            maps.values[maps.start(image, channel) + pixel] = Double(span[pixel * shape.channels + channel])
          }
        }
      }
    }
    return maps
  }
}
