import ModelDescriptor

extension Architecture {
  /// The preset that timm calls so, or called so once: `resnet50d`, `resnet50d.ra2_in1k`, `gluon_resnet50_v1d`; nil for others.
  static func timmPreset(named name: String) -> Architecture? {
    let model = String(name.prefix { $0 != "." })
    return presets.first { $0.name == model }
      ?? formerName(model).flatMap { other in
        presets.first { $0.name == other }
      } ?? portedSENet(model)
  }

  /// A network that timm calls `legacy_…`; nil for those that no descriptor expresses.
  private static func portedSENet(_ name: String) -> Architecture? {
    guard name.hasPrefix("legacy_"), let convention = NameMap.portedSENets.first,
      var net = presets.first(where: { $0.name == String(name.dropFirst("legacy_".count)) }),
      convention.obstacle(net) == nil
    else { return nil }
    net.name = nil
    convention.habits(&net)
    return net
  }

  /// The present name for one under which timm kept several sets of weights of the same network (`_deprecated_models`).
  private static func formerName(_ name: String) -> String? {
    if name == "seresnext26tn_32x4d" { return "seresnext26t_32x4d" }
    if let bit = name.firstRange(of: "_bit") { return String(name[..<bit.upperBound]) }
    guard let trainer = ["tv_", "gluon_", "ssl_", "swsl_", "ig_"].first(where: name.hasPrefix) else {
      return nil
    }
    let model = String(name.dropFirst(trainer.count))
    guard let version = model.firstRange(of: "_v1") else { return model }
    let letter = model[version.upperBound...]
    return String(model[..<version.lowerBound]) + (letter == "b" ? "" : String(letter))
  }
}
