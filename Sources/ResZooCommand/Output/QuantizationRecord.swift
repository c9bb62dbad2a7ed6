import ResZoo

/// The report of a quantization, as JSON; ``text`` words it.
struct QuantizationRecord: Encodable {
  struct Share: Encodable {
    var right: Int
    var accuracy: Double
    /// The interval that holds it with 95 % confidence.
    var lower: Double
    var upper: Double

    init(right: Int, of images: Int) {
      let interval = WilsonInterval(count: right, of: images)
      self.right = right
      accuracy = Double(right) / Double(images)
      (lower, upper) = (interval.lower, interval.upper)
    }

    var text: String {
      func percent(_ share: Double) -> String { (100 * share).text(decimals: 2) }
      return "\(percent(accuracy)) %, 95 % interval \(percent(lower)) to \(percent(upper))"
    }
  }

  struct Effect: Encodable {
    var images: Int
    var before: Share
    var after: Share
    /// Points of accuracy.
    var drop: Double
    var agreement: Double
    /// Images that only the network, and only its quantized form, answers rightly.
    var lost: Int
    var won: Int
    /// McNemar's exact test of two sides.
    var mcnemarP: Double

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

  var images: Int
  var method: String
  var layers: Int
  var layersInFloats: [String]
  var maps: Int
  var sourceBytes: UInt64
  var bytes: UInt64
  var effect: Effect?

  /// - Parameters:
  ///   - bytes: the size of the file.
  ///   - sourceBytes: the size of the network's own.
  init(_ network: Model, _ quantized: Model, bytes: UInt64, sourceBytes: UInt64, effect: QuantizationEffect?)
  {
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

  /// The report as lines.
  var text: String {
    var rows = [
      ("images", "\(images), ranges by \(method)"),
      ("int8", "\(layers) of \(layers + layersInFloats.count) layers, \(maps) maps"),
    ]
    if !layersInFloats.isEmpty {
      let few = layersInFloats.prefix(3).joined(separator: ", ")
      rows.append(
        (
          "floats",
          layersInFloats.count > 3 ? "\(few), … (\(layersInFloats.count); 'reszoo inspect' lists them)" : few
        ))
    }
    rows.append(("size", "\(Int(bytes).grouped) bytes; before \(Int(sourceBytes).grouped)"))
    if let effect {
      rows += [
        ("before", effect.before.text), ("after", effect.after.text),
        (
          "same answer",
          "\((100 * effect.agreement).text(decimals: 2)) % of \(effect.images.counted("image"))"
        ),
        ("flips", "\(effect.lost) lost, \(effect.won) won; McNemar's p \(effect.mcnemarP.text(decimals: 3))"),
      ]
    }
    let width = rows.map(\.0.count).max() ?? 0
    return rows.map { $0.0 + String(repeating: " ", count: width + 2 - $0.0.count) + $0.1 + "\n" }.joined()
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
