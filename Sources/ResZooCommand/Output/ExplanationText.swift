import Messages
import ResZoo

/// Explanations in words.
enum ExplanationText {
  /// The lines about one image: each map with its file, its check, and whether there is evidence.
  static func lines(
    _ explanation: ImageExplanation, _ record: ExplanationRecord.Image, _ descriptor: ModelDescriptor
  ) -> [Remark] {
    zip(explanation.maps, record.maps ?? []).flatMap { map, entry -> [Remark] in
      var lines: [Remark] = [
        "\(record.input): \(map.answer.name(in: descriptor)), \(map.answer.valueName) \(map.value.text(decimals: 3)): \(entry.image)"
      ]
      if !map.hasEvidence { lines.append("  \(map.lackText)") }
      lines += (map.check?.lines ?? []).map { "  \($0)" }
      return lines
    }
  }
}
