import ResZoo

/// The report of a quantization as people read it.
struct QuantizationText {
  let record: QuantizationRecord

  /// The report as lines.
  var text: String {
    let all = record.layers + record.layersInFloats.count
    var rows = [
      ("images", "\(record.images), ranges by \(record.method)"),
      ("int8", "\(record.layers) of \(all) layers, \(record.maps) maps"),
    ]
    if let floats { rows.append(("floats", floats)) }
    rows.append(
      ("size", "\(Int(record.bytes).grouped) bytes; before \(Int(record.sourceBytes).grouped)"))
    if let effect = record.effect { rows += Self.rows(effect) }
    if let speed = record.speed {
      let (before, after) = (speed.msPerImageBefore, speed.msPerImage)
      rows.append(
        ("time", "\(after.text(decimals: 2)) ms for an image; before \(before.text(decimals: 2)) ms"))
    }
    for (place, worst) in (record.layerEffects ?? []).prefix(3).enumerated() {
      let share = (100 * worst.relief).text(decimals: 3)
      rows.append((place == 0 ? "worst layers" : "", "\(worst.layer): \(share) % of the logits' mean square"))
    }
    let width = rows.map(\.0.count).max() ?? 0
    return rows.map { $0.0 + String(repeating: " ", count: width + 2 - $0.0.count) + $0.1 + "\n" }.joined()
  }

  private var floats: String? {
    let names = record.layersInFloats
    guard !names.isEmpty else { return nil }
    let few = names.prefix(3).joined(separator: ", ")
    return names.count > 3 ? "\(few), … (\(names.count); 'reszoo inspect' lists them)" : few
  }

  private static func rows(_ effect: QuantizationRecord.Effect) -> [(String, String)] {
    [
      ("before", text(effect.before)), ("after", text(effect.after)),
      (
        "same answer",
        "\((100 * effect.agreement).text(decimals: 2)) % of \(effect.images.counted("image"))"
      ),
      ("flips", "\(effect.lost) lost, \(effect.won) won; McNemar's p \(effect.mcnemarP.text(decimals: 3))"),
    ]
  }

  private static func text(_ share: QuantizationRecord.Share) -> String {
    func percent(_ share: Double) -> String { (100 * share).text(decimals: 2) }
    return "\(percent(share.accuracy)) %, 95 % interval \(percent(share.lower)) to \(percent(share.upper))"
  }
}
