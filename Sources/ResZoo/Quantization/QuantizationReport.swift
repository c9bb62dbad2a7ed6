import Charts
package import Files
import ModelDescriptor
import Reports

/// Writes a folder with a page about a quantization, `index.html`, which needs no other file, and all of its figures, `report.json`.
package struct QuantizationReport {
  private let folder: ReportFolder

  private static let format = "reszoo quantization report"
  /// The most layers that are drawn.
  private static let layerLimit = 30

  /// Makes sure that the folder can be written at the end.
  ///
  /// - Parameter path: the folder; its parent folder exists.
  /// - Throws: ``FileError`` when it cannot be written, or holds something else than an earlier report of a quantization.
  package init(folder path: String) throws(FileError) {
    folder = try ReportFolder(path: path, kind: "report of a quantization", format: Self.format)
  }

  /// Writes the report.
  ///
  /// - Parameters:
  ///   - record: the figures.
  ///   - model: the path or the name of the model.
  ///   - validation: the path of the data set that the accuracy was measured with, if any.
  /// - Throws: ``FileError``.
  package func write(_ record: QuantizationRecord, model: String, validation: String?) throws {
    var page = ReportDocument(title: "Quantization of \(model.lastPathPart)")
    Self.addHead(record, to: &page)
    if let effect = record.effect { Self.addAccuracy(effect, to: &page) }
    Self.addLayers(record, to: &page)
    page.addSection("How it was made")
    page.addTable(
      ["", ""],
      [
        ["model", model], ["images for the ranges", "\(record.images)"], ["method", record.method],
        ["data set for the accuracy", validation ?? "none"],
      ], texts: [0, 1])
    try folder.write(
      html: page.html,
      record: Content(format: Self.format, model: model, validation: validation, quantization: record))
  }

  private static func addHead(_ record: QuantizationRecord, to page: inout ReportDocument) {
    let all = record.layers + record.layersInFloats.count
    page.addSummary(
      "\(record.layers) of \(all) layers compute with 8-bit integers; the answers are the same bits on every machine where all do."
    )
    var figures = [
      ("size", NumberText.fixed(Double(record.bytes) / 1e6, decimals: 2) + " MB"),
      ("before", NumberText.fixed(Double(record.sourceBytes) / 1e6, decimals: 2) + " MB"),
    ]
    if let speed = record.speed {
      figures += [
        ("time of an image", NumberText.fixed(speed.msPerImage, decimals: 2) + " ms"),
        ("before", NumberText.fixed(speed.msPerImageBefore, decimals: 2) + " ms"),
      ]
    }
    page.addFigures(figures)
    if !record.layersInFloats.isEmpty {
      page.addText("In floats: \(record.layersInFloats.joined(separator: ", ")).")
    }
  }

  private static func addAccuracy(_ effect: QuantizationRecord.Effect, to page: inout ReportDocument) {
    func percent(_ share: Double) -> String { NumberText.percent(share, decimals: 2) }
    page.addSection("Accuracy")
    page.addTable(
      ["", "right", "accuracy", "95 % interval"],
      [("before", effect.before), ("after", effect.after)].map { name, share in
        [
          name, NumberText.grouped(share.right), percent(share.accuracy),
          "\(percent(share.lower)) to \(percent(share.upper))",
        ]
      }, texts: [0])
    page.addText(
      """
      Of \(NumberText.grouped(effect.images)) images \(percent(effect.agreement)) have the same answer. \
      \(counted(effect.lost, "right answer is", "right answers are")) lost, \(NumberText.grouped(effect.won)) won; between networks that are equally \
      good such flips, or more uneven ones, have a probability of \(NumberText.fixed(effect.mcnemarP, decimals: 3)) (McNemar's exact test).
      """)
  }

  private static func addLayers(_ record: QuantizationRecord, to page: inout ReportDocument) {
    guard let effects = record.layerEffects, !effects.isEmpty else { return }
    page.addSection("Layers by the cost of their rounding")
    page.addText(
      """
      The mean squared error of the logits that goes away if this layer alone computes in floats, as a share of the logits' mean square. \
      Layers at the top are the first to keep in floats where accuracy is lost.
      """)
    let shown = effects.prefix(layerLimit).filter { $0.relief > 0 }
    if !shown.isEmpty {
      page.addChart { width in
        BarChart(
          "Error by layer", labels: shown.map(\.layer), series: [.init(values: shown.map(\.relief))],
          axis: Axis("share of the logits' mean square", numbers: .percent), width: width
        ).svg()
      }
    }
    page.addTable(
      ["layer", "share of the logits' mean square"],
      effects.map { [$0.layer, NumberText.percent($0.relief, decimals: 5)] }, texts: [0],
      summary: "All layers")
  }

  /// The content of `report.json`.
  private struct Content: Encodable {
    var format: String
    var version = 1
    var model: String
    var validation: String?
    var quantization: QuantizationRecord
  }
}
