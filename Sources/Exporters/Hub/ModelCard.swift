import Messages
import ModelDescriptor
import ResNetGraph
import ResNetModel

/// The `README.md` of a hub's folder: what the metadata of a checkpoint say, and how the folder is loaded.
struct ModelCard {
  private let descriptor: ModelDescriptor
  private let parameterCount: Int
  private let form: HubForm

  init(_ model: Model, form: HubForm) {
    descriptor = model.descriptor
    parameterCount = model.graph.parameterCount
    self.form = form
  }

  /// Labels that are listed.
  private static let labelCount = 20

  var text: String {
    ([heading, "", "# \(name)", "", summary] + sections + ["", "## Use", "", "```python", use, "```"])
      .joined(separator: "\n") + "\n"
  }

  private var name: String { Self.escaped(descriptor.architecture.name ?? "Residual network") }

  /// The metadata block, in YAML; its texts are quoted as JSON has them, which YAML reads.
  private var heading: String {
    var lines = ["---"]
    if let license = descriptor.origin.license {
      lines.append("license: \(Self.quoted(license.lowercased()))")
    }
    lines += [
      "library_name: \(form.rawValue)", "pipeline_tag: image-classification", "tags:",
      "- image-classification", "- resnet", "- \(form.rawValue)", "---",
    ]
    return lines.joined(separator: "\n")
  }

  private var summary: String {
    let net = descriptor.architecture
    let size = descriptor.preprocessing.inputSize.map(String.init).joined(separator: "×")
    return
      "A residual network for \(net.classes) classes with \(parameterCount) parameters, for inputs of \(size)."
  }

  private var sections: [String] {
    var lines: [String] = []
    var origin: [(String, String)] = [("kind", descriptor.origin.kind.rawValue)]
    if let source = descriptor.origin.source { origin.append(("source", source)) }
    if let digest = descriptor.origin.sha256 { origin.append(("SHA-256 of the source", digest)) }
    if let license = descriptor.origin.license { origin.append(("licence", license)) }
    if !descriptor.untrained.isEmpty {
      origin.append(("untrained, with random weights", descriptor.untrained.joined(separator: ", ")))
    }
    lines += Self.table("Origin", origin)
    lines += Self.table(
      "Metrics", descriptor.metrics.sorted { $0.key < $1.key }.map { ($0.key, "\($0.value)") })
    lines += Self.table("Training", descriptor.recipe.sorted { $0.key < $1.key }.map { ($0.key, $0.value) })
    lines += Self.table("Assumed on import", descriptor.assumptions.map { ($0.what, $0.evidence) })
    if let labels = descriptor.labels {
      let rest = labels.count > Self.labelCount ? " … and \(labels.count - Self.labelCount) more" : ""
      let shown = labels.prefix(Self.labelCount).map(Self.escaped).joined(separator: ", ")
      lines += ["", "## Classes", "", shown + rest]
    }
    if let notes = descriptor.notes, !notes.isEmpty { lines += ["", "## Notes", "", Self.escaped(notes)] }
    return lines
  }

  private var use: String {
    switch form {
    case .timm:
      """
      import timm
      model = timm.create_model("local-dir:FOLDER", pretrained=True).eval()
      transform = timm.data.create_transform(**timm.data.resolve_model_data_config(model))
      """
    case .transformers:
      """
      from transformers import AutoImageProcessor, AutoModelForImageClassification
      model = AutoModelForImageClassification.from_pretrained("FOLDER")
      processor = AutoImageProcessor.from_pretrained("FOLDER")
      """
    }
  }

  private static func table(_ title: String, _ rows: [(String, String)]) -> [String] {
    guard !rows.isEmpty else { return [] }
    return ["", "## \(title)", "", "| | |", "|---|---|"]
      + rows.map { "| \(escaped($0)) | \(escaped($1)) |" }
  }

  /// A text that Markdown shows as it is, on one line.
  private static func escaped(_ text: String) -> String {
    text.printable.unicodeScalars.map {
      "\\`*_{}[]<>#|!&~$".unicodeScalars.contains($0) ? "\\\($0)" : "\($0)"
    }
    .joined()
  }

  private static func quoted(_ text: String) -> String {
    (try? JSON.encode(text)).map { String(decoding: $0, as: UTF8.self) } ?? "other"
  }
}
