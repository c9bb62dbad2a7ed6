import Metrics
import ResNetGraph
package import ResNetModel

/// The report of a quantization, as JSON has it.
package struct QuantizationRecord: Encodable {
  /// The images that a network answers rightly.
  package struct Share: Encodable {
    package var right: Int
    package var accuracy: Double
    /// Wilson's interval of 95 %.
    package var lower: Double
    package var upper: Double

    init(right: Int, of images: Int) {
      let interval = WilsonInterval(count: right, of: images)
      self.right = right
      accuracy = Double(right) / Double(images)
      (lower, upper) = (interval.lower, interval.upper)
    }
  }

  package struct Effect: Encodable {
    package var images: Int
    package var before: Share
    package var after: Share
    /// Points of accuracy.
    package var drop: Double
    package var agreement: Double
    /// Images that only the network, and only its quantized form, answers rightly.
    package var lost: Int
    package var won: Int
    /// McNemar's exact test of two sides.
    package var mcnemarP: Double

    init?(_ effect: QuantizationEffect) {
      let outcome = effect.outcome
      guard outcome.images > 0 else { return nil }
      images = outcome.images
      before = Share(right: outcome.firstRight, of: outcome.images)
      after = Share(right: outcome.secondRight, of: outcome.images)
      drop = effect.drop
      agreement = Double(outcome.agreeing) / Double(outcome.images)
      (lost, won) = (outcome.onlyFirst, outcome.onlySecond)
      mcnemarP = outcome.pValue
    }
  }

  package struct LayerRecord: Encodable {
    package var layer: String
    /// The part of the mean square of the logits that its rounding adds to their mean squared error.
    package var relief: Double
  }

  package struct Speed: Encodable {
    /// The median time of an image in milliseconds, of the network and of its quantized form, in turns.
    package var msPerImageBefore: Double
    package var msPerImage: Double
  }

  package var images: Int
  package var method: String
  package var layers: Int
  package var layersInFloats: [String]
  package var maps: Int
  package var sourceBytes: UInt64
  package var bytes: UInt64
  package var effect: Effect?
  /// The layers by what their rounding costs, the largest first; nil where that was not measured.
  package var layerEffects: [LayerRecord]?
  package var speed: Speed?

  /// - Parameters:
  ///   - network: the network.
  ///   - quantized: its quantized form.
  ///   - bytes: the size of the file.
  ///   - sourceBytes: the size of the network's own.
  ///   - effect: the cost in accuracy, where it was measured.
  package init(
    _ network: Model, _ quantized: Model, bytes: UInt64, sourceBytes: UInt64, effect: QuantizationEffect?
  ) {
    let descriptor = quantized.descriptor
    let layers = Set(descriptor.architecture.quantization?.layers ?? [])
    images = descriptor.calibration?.images ?? 0
    method = descriptor.calibration?.method.rawValue ?? ""
    self.layers = layers.count
    layersInFloats = quantized.graph.nodes.filter { $0.hasWeights && !layers.contains($0.name) }.map(\.name)
    maps = descriptor.architecture.quantization?.maps.count ?? 0
    self.sourceBytes = sourceBytes
    self.bytes = bytes
    self.effect = effect.flatMap(Effect.init)
  }

  /// Adds what takes further runs: the cost of each layer's rounding, and both networks' speed.
  ///
  /// - Parameters:
  ///   - quantizer: the quantizer that made the network.
  ///   - network: the network.
  ///   - quantized: its quantized form.
  ///   - options: how both networks run.
  ///   - progress: gets the number of layers done so far.
  /// - Throws: ``QuantizationError``, ``ClassificationError``.
  package mutating func addMeasurements(
    _ quantizer: Quantizer, of network: Model, _ quantized: Model, options: Classifier.Options,
    progress: (_ done: Int) -> Void
  ) throws {
    let kept = Dictionary(
      uniqueKeysWithValues: quantizer.layers.filter { layersInFloats.contains($0) }.map { ($0, "") })
    layerEffects = try quantizer.effects(keeping: kept, progress: progress).map {
      LayerRecord(layer: $0.layer, relief: $0.relief)
    }
    let times = try SpeedMeasurement.secondsPerImage(
      of: [Classifier(network, options: options), Classifier(quantized, options: options)],
      threads: options.threads)
    speed = Speed(msPerImageBefore: 1000 * times[0], msPerImage: 1000 * times[1])
  }
}

extension Node {
  /// True for convolutions and linear layers.
  fileprivate var hasWeights: Bool {
    switch operation {
    case .convolution, .linear: true
    default: false
    }
  }
}
