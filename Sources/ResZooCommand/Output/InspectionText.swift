import Messages
import ResZoo

/// An inspection as people read it.
struct InspectionText {
  let file: String
  let index: CheckpointIndex
  let descriptor: ModelDescriptor
  let packaging: Packaging

  var text: String {
    let rows = architecture + input + origin + storage + packaging.rows
    return InspectionText.aligned(rows)
  }

  /// Lines of a name and a value; a name that is repeated is shown once.
  static func aligned(_ rows: [(String, String)]) -> String {
    let width = rows.map(\.0.printable.count).max() ?? 0
    var last = ""
    return rows.map { name, value in
      let shown = name == last ? "" : name.printable
      last = name
      return shown + String(repeating: " ", count: width - shown.count) + "  " + value.printable + "\n"
    }.joined()
  }

  /// Assumptions, those with the same evidence together and followed by it.
  static func rows(_ assumptions: [Assumption]) -> [(String, String)] {
    assumptions.indices.flatMap { index in
      let assumption = assumptions[index]
      let next = index + 1 < assumptions.count ? assumptions[index + 1].evidence : nil
      let evidence = [("assumed", "  (\(assumption.evidence))")]
      return [("assumed", assumption.what)] + (next == assumption.evidence ? [] : evidence)
    }
  }

  private var architecture: [(String, String)] {
    let net = descriptor.architecture
    var rows = [("architecture", net.name ?? "custom"), (net.outputName, "\(net.classes)")]
    if let form = net.answerInWords { rows.append(("answer", form)) }
    if let temperature = descriptor.temperature { rows.append(("temperature", temperature.text)) }
    do {
      let graph = try Graph(net)
      rows.append(("parameters", graph.parameterCount.grouped))
      rows.append(("multiply-adds", try graph.multiplyAdds().grouped))
      rows += Self.rows(QuantizationSummary(descriptor, graph: graph), descriptor.calibration)
    } catch {
      rows.append(("cannot run", error.description))
    }
    return rows
  }

  private var input: [(String, String)] {
    let record = descriptor.preprocessing
    let size = record.inputSize.map(String.init).joined(separator: "×")
    let steps: String
    if let resize = record.resize, let crop = record.crop {
      steps = "resize \(resize), crop \(crop) (\(record.cropMode.rawValue))"
    } else {
      steps =
        record.inputSize.dropFirst().map(String.init).joined(separator: "×") + "; other sizes are resized"
    }
    func list(_ values: [Double]) -> String { values.map { "\($0)" }.joined(separator: " ") }
    let order = record.channelOrder == .rgb ? "" : " (\(record.channelOrder.rawValue.uppercased()))"
    var rows = [
      ("input", size + order), ("preprocessing", "\(steps), \(record.interpolation.rawValue)"),
      ("mean", list(record.mean)), ("std", list(record.std)),
      ("policies", "EXIF orientation: \(record.exif.rawValue), 16-bit grey: \(record.gray16.rawValue)"),
    ]
    if let labels = descriptor.labels {
      let shown = labels.prefix(4).joined(separator: ", ")
      rows.append(("labels", labels.count > 4 ? "\(shown), … (\(labels.count))" : shown))
    } else {
      rows.append(("labels", "none"))
    }
    return rows
  }

  private var origin: [(String, String)] {
    let origin = descriptor.origin
    var rows = [("origin", origin.kind == .untrained ? "UNTRAINED" : origin.kind.rawValue)]
    rows += descriptor.untrained.map {
      ("UNTRAINED", "\($0): its weights are random; fine-tune it before use")
    }
    if let source = origin.source { rows.append(("source", source)) }
    if let sha256 = origin.sha256 { rows.append(("source SHA-256", sha256)) }
    if let license = origin.license { rows.append(("licence", license)) }
    if let seed = origin.seed { rows.append(("seed", "\(seed)")) }
    rows += Self.rows(descriptor.assumptions)
    for (name, value) in descriptor.metrics.sorted(by: { $0.key < $1.key }) {
      rows.append(("metric \(VerificationRecord.word(name))", "\(value)"))
    }
    return rows
  }

  private var storage: [(String, String)] {
    let ratio = Double(index.fileByteCount) / Double(max(1, index.decodedByteCount))
    return [
      ("format version", "\(index.formatVersion), readable from \(index.minimumReaderVersion)"),
      ("tensors", "\(index.elementTypes), \(index.decodedByteCount.grouped) bytes"),
      ("file", "\(Int(index.fileByteCount).grouped) bytes, \(ratio.text(decimals: 4)) of the tensors"),
      ("content root", index.contentRootHex),
    ]
  }
}

extension Architecture {
  /// The name of the numbers that the network puts out.
  var outputName: String { head == .none ? "features" : "classes" }

  /// The form of the answer, where it is not the usual one.
  var answerInWords: String? {
    switch answer {
    case .one: nil
    case .several: "several of them at once, each by a sigmoid"
    case .binary: "yes or no, by a sigmoid"
    }
  }
}

extension CheckpointIndex {
  /// The number of tensors of each type, the most frequent first.
  fileprivate var elementTypes: String {
    var counts: [String: Int] = [:]
    for entry in entries { counts[entry.elementType.rawValue, default: 0] += 1 }
    return counts.isEmpty ? "0" : counts.text
  }
}
