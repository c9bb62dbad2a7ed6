import Importers
import Messages
import ModelDescriptor

/// A `config.json` as timm writes it.
struct TimmConfig {
  let value: JSONValue

  /// - Throws: ``ExportError`` with `unsupported` for a network that timm does not have.
  init(_ descriptor: ModelDescriptor) throws(ExportError) {
    let net = descriptor.architecture
    let (name, arguments) = try TimmNetwork.named(net)
    let record = descriptor.preprocessing
    let classes = net.head == .none ? 0 : net.classes
    let isPreactivated = net.stages.contains { net.kind(of: $0).isPreactivation }
    let first =
      net.stem.kind == .deep
      ? (isPreactivated ? "stem.conv1" : "conv1.0") : (isPreactivated ? "stem.conv" : "conv1")
    let frame = record.timmFrame
    var pretrained: [String: JSONValue] = [
      "classifier": .string(isPreactivated ? "head.fc" : "fc"),
      "crop_mode": .string(frame.mode.rawValue), "crop_pct": .number(frame.fraction),
      "custom_load": .boolean(false), "first_conv": .string(first), "fixed_input_size": .boolean(false),
      "input_size": .counts(record.inputSize), "interpolation": .string(record.interpolation.rawValue),
      "mean": .array(record.mean.map(JSONValue.number)), "num_classes": .count(classes),
      "std": .array(record.std.map(JSONValue.number)),
    ]
    if let license = descriptor.origin.license { pretrained["license"] = .string(license.lowercased()) }
    var members: [String: JSONValue] = [
      "architecture": .string(name), "num_classes": .count(classes),
      "num_features": .count(net.featureCount),
      "global_pool": .string(net.globalPool.rawValue), "pretrained_cfg": .object(pretrained),
    ]
    if let labels = descriptor.labels { members["label_names"] = .array(labels.map(JSONValue.string)) }
    if !arguments.isEmpty { members["model_args"] = .object(arguments) }
    value = .object(members)
  }
}

extension JSONValue {
  static func count(_ count: Int) -> JSONValue { .integer(Int64(count)) }
  static func counts(_ counts: [Int]) -> JSONValue { .array(counts.map(JSONValue.count)) }
}

extension Preprocessing {
  /// timm's way to say the sizes: how an image of other proportions is framed, and the part of the resized image that is cut out.
  fileprivate var timmFrame: (mode: CropMode, fraction: Double) {
    guard let resize, let crop else { return (.squash, 1) }
    return (cropMode, Self.fraction(of: crop, in: resize))
  }

  /// The shortest fraction that leads from the size of the cut back to that of the resized image, which timm rounds down.
  static func fraction(of crop: Int, in resize: Int) -> Double {
    let exact = Double(crop) / Double(resize)
    let leads = { (fraction: Double) in
      fraction > 0 && Int((Double(crop) / fraction).rounded(.down)) == resize
    }
    for scale in [100.0, 1000, 10_000] {
      let short = (exact * scale).rounded() / scale
      if leads(short) { return short }
    }
    return leads(exact) ? exact : Double(crop) / (Double(resize) + 0.5)
  }
}
