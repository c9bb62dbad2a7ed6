import ResZoo

extension InspectionText {
  /// Most layers of real numbers that are named.
  private static let keptLimit = 8

  /// The integers of a quantized network, and how its maps were found.
  static func rows(
    _ quantization: QuantizationSummary?, _ calibration: Calibration?
  ) -> [(String, String)] {
    (quantization.map(rows) ?? []) + (calibration.map(rows) ?? [])
  }

  private static func rows(_ quantization: QuantizationSummary) -> [(String, String)] {
    let maps = quantization.maps.counted("map")
    var rows = [
      (
        "quantized",
        "\(quantization.integerLayers) of \(quantization.layers.counted("layer")) in int8, \(maps) of 8 bits"
      )
    ]
    rows += quantization.kept.prefix(keptLimit).map { layer in
      ("real numbers", layer.reason.map { "\(layer.name): \($0)" } ?? layer.name)
    }
    let more = quantization.kept.count - keptLimit
    if more > 0 { rows.append(("real numbers", "… and \(more) more")) }
    return rows
  }

  private static func rows(_ calibration: Calibration) -> [(String, String)] {
    let words = [
      calibration.images.counted("image"), "ranges by \(calibration.method.rawValue)",
      calibration.correctsBiases ? "biases corrected" : nil, calibration.source,
    ]
    var rows = [("calibration", words.compactMap(\.self).joined(separator: ", "))]
    if let sha256 = calibration.listSHA256 { rows.append(("list SHA-256", sha256)) }
    return rows
  }
}

extension Quantization {
  /// The record's size in words.
  private var inWords: String {
    "\(layers.count.counted("layer")) in int8, \(maps.count.counted("map")) of 8 bits"
  }

  /// The difference of two files' records; nil where there is none.
  static func difference(
    of model: Quantization?, named name: String, from origin: Quantization?, named originName: String
  ) -> Remark? {
    switch (model, origin) {
    case (let model, let origin) where model == origin: return nil
    case (let model?, let origin?):
      let layers = Set(model.layers).symmetricDifference(origin.layers).count
      let maps = Set(model.maps.keys).union(origin.maps.keys).count { model.maps[$0] != origin.maps[$0] }
      return
        "quantization: \(layers.counted("layer")) and \(maps.counted("map")) of \(name) differ from those of \(originName)"
    case (let model?, nil): return "quantization: \(name) has \(model.inWords), \(originName) none"
    case (nil, let origin):
      return "quantization: \(name) has none, \(originName) \(origin?.inWords ?? "none")"
    }
  }
}
