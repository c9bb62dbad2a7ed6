import ArgumentParser
import Files
import ResZoo

/// Looks for what is wrong with the images of a data set.
struct Audit: ReplacingCommand {
  static let configuration = CommandConfiguration(
    commandName: "audit",
    abstract: "Find copies, wrong labels, leaks and bad images in a data set.",
    usage: "reszoo audit <dataset> [--model <model>] --output <folder> [<options>]",
    discussion: """
      Looks for files that cannot be read, copies of images (also compressed again, scaled, or slightly cropped), copies in both the \
      images to train on and those to validate with, dark, blurred and otherwise odd images, and classes with few images. With \
      --model also for labels that are probably wrong and images unlike all others, by the network's features: any network of \
      similar images will do. Of a folder with 'train' and 'val' both are taken. Images without labels lie in one folder.

      The folder gets a page, index.html, all findings as findings.jsonl and findings.csv, and audit.json. An audit that was \
      interrupted goes on where it was when it runs again.

      Write keep, drop or relabel into the column 'action' of a copy of findings.csv, and --apply makes a manifest of the images that \
      stay, for 'reszoo train'. It changes no image.

      EXAMPLE
        reszoo audit pets/ --model resnet50 --output audit
        reszoo audit pets/ --apply fixes.csv --manifest pets.csv
      """)

  @Argument(help: "The images: folders of classes, a manifest, or a folder of images.", completion: .file())
  var dataset: String

  @Option(
    help: ArgumentHelp(
      "Data set to validate with, for copies in both (default: 'val' beside 'train').", valueName: "dataset"),
    completion: .file())
  var validation: String?

  @Option(
    help: ArgumentHelp(
      "A checkpoint (.rzoo), or the name of one in the cache (default: none).", valueName: "model"),
    completion: .checkpoint)
  var model: String?

  @Option(
    help: ArgumentHelp("Folder for the page and the findings (default: none).", valueName: "folder"),
    completion: .directory)
  var output: String?

  @Flag(help: "Find mirrored copies too.")
  var mirror = false

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Parts that are held out in turn to check labels.", valueName: "n"))
  var folds = 5

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Nearest images whose distance tells what is unlike all.", valueName: "n"))
  var neighbours = 10

  @Option(parsing: .unconditional, help: ArgumentHelp("Seed of the parts.", valueName: "n"))
  var seed: UInt64 = 0

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Most images of a kind of finding on the page.", valueName: "n"))
  var shown = 40

  @OptionGroup var fixes: FixArguments
  @OptionGroup var work: AuditWork
  @OptionGroup var table: CSVOptions
  @OptionGroup var bases: BaseOptions
  @OptionGroup var signature: SignatureOptions
  @OptionGroup var replacement: ReplacementOptions
  @OptionGroup var messages: MessageOptions

  func validate() throws {
    guard (output == nil) == (fixes.apply != nil) else {
      throw ValidationError(
        output == nil
          ? "Name a folder with --output, or decisions with --apply."
          : "--output and --apply exclude each other.")
    }
    guard fixes.apply == nil || model == nil else {
      throw ValidationError("--model is for an audit; --apply needs none.")
    }
    guard (2...100).contains(folds) else {
      throw ValidationError("--folds is \(folds); it must be from 2 to 100.")
    }
    guard (1...1000).contains(neighbours) else {
      throw ValidationError("--neighbours is \(neighbours); it must be from 1 to 1000.")
    }
    guard (1...1000).contains(shown) else {
      throw ValidationError("--shown is \(shown); it must be from 1 to 1000.")
    }
  }

  func run() throws {
    if CheckpointReader.isCheckpoint(path: dataset) {
      throw Failure(
        .usage, "\(dataset): is a checkpoint, and stands where the data set is named; give it with --model")
    }
    let images = try reporting { try AuditedImages(path: dataset, validation: validation) }
    for remark in images.remarks { Terminal.note(remark) }
    Terminal.note(images.leftOut)
    if let apply = fixes.apply { return try fixes.write(apply, for: images) }
    guard let output else { return }
    try keep(images, from: output)
    if !replacement.force, AuditReport.isTableChanged(inFolder: output) {
      throw Failure(output: output + "/findings.csv", holds: "what somebody wrote into it")
    }
    let report = try reporting(output: output) {
      try AuditReport(folder: output, replacesChanged: replacement.force)
    }
    let network = try model.map { path throws(Failure) in
      try loadModel(path, bases: bases, signature: signature, threads: work.threads)
    }
    if let model, let network, network.descriptor.hasRandomAnswers, network.descriptor.untrained.isEmpty {
      Terminal.warn(
        "\(model): UNTRAINED network: its weights are random, and so is what is found by its features")
    }
    let line = AuditProgressLine()
    let audit = try reporting(model) {
      try DatasetAudit(
        of: images, model: network,
        options: DatasetAudit.Options(
          seed: seed, folds: folds, neighbours: neighbours, findsMirrored: mirror, threads: work.threads,
          batch: work.batch, cache: work.features)
      ) { line.show($0, $1, $2) }
    }
    line.end()
    for notice in audit.notices { Terminal.warn(notice) }
    try reporting(output: output) {
      try report.write(
        audit,
        of: AuditReport.Subject(
          model: model, notices: audit.notices.map(\.optionText), shown: shown, advice: Self.advice),
        table: FindingTable(audit.findings, table: table.form).text)
    }
    try print(audit)
  }

  /// The page's words on what to do with the findings.
  private static let advice =
    "All findings are in findings.csv beside this page. To act on them, write keep, drop or relabel into its column 'action' (the "
    + "column 'suggestion' has what would usually be right, and 'suggested_label' the label), then run 'reszoo audit' with "
    + "--apply findings.csv and --manifest: that lists the images that stay, with their labels, and changes no image."

  /// Refuses a report in whose place one of the inputs lies.
  private func keep(_ images: AuditedImages, from output: String) throws(Failure) {
    let places = AuditReport.names.compactMap { FileIdentity(path: output + "/" + $0) }
    guard !places.isEmpty else { return }
    let inputs = [dataset] + [validation, model].compactMap(\.self) + images.sources.map(\.path)
    let input = inputs.first { input in FileIdentity(path: input).map { places.contains($0) } ?? false }
    if let input { throw Failure(output: output, wouldReplace: input) }
  }

  /// Prints how many findings of each kind there are.
  private func print(_ audit: DatasetAudit) throws {
    let sink = try Output(path: nil)
    try sink.write("\(audit.images.count.counted("image")), \(audit.findings.count.counted("finding"))\n")
    for kind in AuditFinding.Kind.allCases {
      let found = audit.findings.filter { $0.kind == kind }
      guard !found.isEmpty else { continue }
      let groups = Set(found.compactMap(\.group)).count
      let name = kind.rawValue + String(repeating: " ", count: max(1, 16 - kind.rawValue.utf8.count))
      try sink.write(name + found.count.grouped + (groups > 0 ? " in \(groups.counted("group"))" : "") + "\n")
    }
    try sink.finish()
  }
}
