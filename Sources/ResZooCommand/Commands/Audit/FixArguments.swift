import ArgumentParser
import Files
import ResZoo

/// The options to make a manifest by decisions on findings.
struct FixArguments: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Make a manifest by the actions in a table such as findings.csv (default: none).",
      valueName: "fixes.csv"),
    completion: .file(extensions: ["csv"]))
  var apply: String?

  @Option(
    help: ArgumentHelp("With --apply: file for the manifest (default: none).", valueName: "out.csv"),
    completion: .file(extensions: ["csv"]))
  var manifest: String?

  @Option(
    help: ArgumentHelp(
      "With --apply: file for the manifest of the images to validate with (default: none).",
      valueName: "out.csv"),
    completion: .file(extensions: ["csv"]))
  var validationManifest: String?

  @Option(
    help: ArgumentHelp(
      "With --apply: kinds of findings whose suggestion counts where the action is empty (default: none).",
      valueName: "kind,…"))
  var accept: String?

  func validate() throws {
    guard (apply == nil) == (manifest == nil) else {
      throw ValidationError("--apply and --manifest belong together: decisions, and a file for what stays.")
    }
    guard apply != nil || (validationManifest == nil && accept == nil) else {
      throw ValidationError("--validation-manifest and --accept are for --apply.")
    }
    for path in [manifest, validationManifest].compactMap(\.self) where !path.lowercased().hasSuffix(".csv") {
      throw ValidationError("'\(path)' is to be a manifest; its name must end in .csv.")
    }
    guard manifest == nil || manifest != validationManifest else {
      throw ValidationError("--manifest and --validation-manifest must be different files.")
    }
    _ = try kinds()
  }

  private func kinds() throws -> Set<AuditFinding.Kind> {
    var kinds: Set<AuditFinding.Kind> = []
    for name in (accept ?? "").split(separator: ",") {
      guard let kind = AuditFinding.Kind(rawValue: String(name)) else {
        let known = AuditFinding.Kind.allCases.map(\.rawValue).joined(separator: ", ")
        throw ValidationError("--accept: there is no kind '\(name)'; the kinds are \(known).")
      }
      kinds.insert(kind)
    }
    return kinds
  }

  /// Writes the manifests.
  func write(_ table: String, for images: AuditedImages) throws {
    guard let manifest else { return }
    if let validationManifest {
      guard images.trainingCount < images.count else {
        throw Failure(.usage, "--validation-manifest: \(images.path) has no images to validate with")
      }
      try Operand.requireDifferent(manifest, validationManifest)
    }
    let fixes = try reporting { try DatasetFixes(path: table, for: images, accepting: kinds()) }
    for label in Set(fixes.labels.values).subtracting(images.classes).sorted() {
      Terminal.warn("'\(label)' is a class that the data set has not had")
    }
    let inputs =
      [table, images.path] + [images.validationPath].compactMap(\.self) + images.sources.map(\.path)
    for (path, part) in [(manifest, AuditedImages.Part.training), (validationManifest, .validation)] {
      guard let path else { continue }
      let (text, count) = try reporting { try fixes.manifest(of: part, in: FolderListing.folder(of: path)) }
      let sink = try Output(path: path, keeping: inputs)
      // Written as it is: names are what they are.
      try sink.write(Array(text.utf8))
      try sink.finish()
      let hasFormulas = text.split(separator: "\n").contains { line in
        line.split(separator: ",").contains { CSVText.isFormula(String($0)) }
      }
      if hasFormulas {
        Terminal.warn(
          "\(path): has paths or labels as they are, some of which a spreadsheet would take for formulas; do not open it with one"
        )
      }
      let dropped = fixes.dropped.count { images.part(of: $0) == part }
      let relabelled = fixes.labels.keys.count { images.part(of: $0) == part && !fixes.dropped.contains($0) }
      Terminal.note(
        "\(path): \(count.counted("image")), \(dropped.grouped) dropped, \(relabelled.grouped) relabelled")
    }
    let left = fixes.dropped.union(fixes.labels.keys).count { images.part(of: $0) == .validation }
    if validationManifest == nil, left > 0 {
      Terminal.warn(
        "\(left.counted("image")) to validate with would change; --validation-manifest lists those that stay")
    }
  }
}
