import ArgumentParser
import Files
import ResZoo

/// What becomes of networks without some of their blocks.
struct Lesions: ReplacingCommand {
  static let configuration = CommandConfiguration(
    commandName: "lesions",
    abstract: "Measure networks without each of their blocks, and without sets of them.",
    usage: "reszoo study lesions <model> ... <dataset> --output <folder>",
    discussion: """
      A block with a shortcut becomes its shortcut; of a plain network, blocks that keep the shape are taken away. Each block is left out in \
      turn, then random sets of two, three and more. The page reads the result as that of an ensemble of 2^n paths (Veit, Wilber and \
      Belongie 2016). Images without an answer of the whole network are left out; the exit code is then 1.

      Answers are kept in FOLDER.partial while the work goes on. After an interruption the same command goes on behind them; in the end \
      they are removed.

      EXAMPLE
        reszoo study lesions resnet20.rzoo plain20.rzoo cifar10/test \\
          --images 2000 --output lesions
      """)

  @Argument(
    help: "Checkpoints (.rzoo) or names of them in the cache, then images with their classes.",
    completion: .file())
  var operands: [String]

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Random sets of each size from 2 on.", valueName: "n"))
  var draws = 3

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Most blocks that are left out together; 1 for each block in turn alone.", valueName: "n"))
  var largest = 20

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Images, taken evenly from the classes (default: all).", valueName: "n"))
  var images: Int?

  @Option(parsing: .unconditional, help: ArgumentHelp("Seed of the random sets.", valueName: "n"))
  var seed: UInt64 = 0

  @Option(
    help: ArgumentHelp(
      "File for the answer to each image after each lesion, .csv (default: none).", valueName: "file.csv"),
    completion: .file(extensions: ["csv"]))
  var answers: String?

  @OptionGroup var arguments: StudyArguments
  @OptionGroup var table: CSVOptions
  @OptionGroup var exif: ExifOptions
  @OptionGroup var bases: BaseOptions
  @OptionGroup var replacement: ReplacementOptions
  @OptionGroup var messages: MessageOptions

  func validate() throws {
    guard (1...10_000).contains(draws) else {
      throw ValidationError("--draws is \(draws); it must be from 1 to 10000.")
    }
    guard (1...10_000).contains(largest) else {
      throw ValidationError("--largest is \(largest); it must be from 1 to 10000.")
    }
    if let images, images < 1 { throw ValidationError("--images is \(images); it must be at least 1.") }
    if let answers {
      guard answers.lowercased().hasSuffix(".csv") else {
        throw ValidationError("--answers is '\(answers)'; its name must end in .csv.")
      }
      guard !answers.utf8.starts(with: (arguments.output + "/").utf8) else {
        throw ValidationError(
          "--answers is in the folder of --output, which holds the report alone; name a file elsewhere.")
      }
    }
  }

  func run() throws {
    let start = ContinuousClock.now
    let (models, places) = try StudyOperands.split(operands, "a data set")
    guard places.count == 1 else {
      throw Failure(
        .usage, "there are \(places.count) data sets: \(places.joined(separator: ", ")); name one")
    }
    let set = try reporting { try ImageSet(path: places[0], for: .evaluation) }
    Terminal.note(set)
    try arguments.keep(places + set.sources.map(\.path))
    let subjects = try StudyOperands.subjects(models, bases: bases, threads: arguments.threads)
    let report = try reporting(output: arguments.output) {
      try StudyReport(folder: arguments.output, study: LesionStudy.name)
    }
    let sheet = try answers.map { path throws(Failure) in
      try Output(path: path, keeping: models + [places[0]] + set.sources.map(\.path), as: .text)
    }
    let study = try study(of: subjects, on: set)
    for (input, error) in study.errors { Terminal.fail("\(input): \(error)") }
    for network in study.networks where network.isUntrained {
      Terminal.warn("\(network.name): the weights are random")
    }
    var facts = arguments.facts
    facts.dataset = places[0]
    facts.seconds = (ContinuousClock.now - start) / .seconds(1)
    if let sheet {
      try LesionAnswers(study: study, form: table.form).write(to: sheet)
      try sheet.finish()
    }
    try reporting(output: arguments.output) { [facts] in try study.write(report, facts) }
    study.removeKept()
    let sink = try Output(path: nil)
    for sentence in study.conclusions { try sink.write(sentence + "\n") }
    try sink.finish()
    if !study.errors.isEmpty {
      throw Failure(
        .partial,
        "\(study.errors.count) of \(study.images.count.counted("image")) have no answer of a whole network and count nowhere"
      )
    }
  }

  /// Runs all lesions. A signal to end ends the process in an orderly way.
  private func study(of subjects: [StudySubject], on set: ImageSet) throws(Failure) -> LesionStudy {
    let options = LesionStudy.Options(
      draws: draws, largest: largest, seed: seed, images: images, threads: arguments.threads,
      ignoresExif: exif.ignoreExif)
    let partial = arguments.output.withoutEndSlashes + ".partial"
    Interruption.defer()
    var line = LesionLine()
    defer { StatusLine.clear() }
    return try reporting(output: partial) {
      try LesionStudy(of: subjects, on: set, options: options, keeping: partial) { progress in
        line.show(progress)
        guard Interruption.isRequested else { return }
        StatusLine.clear()
        Terminal.note(
          """
          stopped after \((progress.lesion - 1).grouped) of \(progress.lesions.grouped) lesions, which are kept in \(partial). \
          Run the same command to continue
          """)
        Interruption.end()
      }
    }
  }
}

/// The status line of a study of lesions.
private struct LesionLine {
  private var rate: RecentRate?
  private var hasNoted = false

  mutating func show(_ progress: LesionStudy.Progress) {
    if progress.kept > 0, !hasNoted {
      Terminal.note("continuing after \(progress.kept.counted("lesion"))")
      hasNoted = true
    }
    var rate = rate ?? RecentRate(from: progress.images)
    rate.note(progress.images)
    self.rate = rate
    StatusLine.show {
      var parts = [
        StatusLine.Part("lesion \(progress.lesion.grouped)/\(progress.lesions.grouped)", rank: 0)
      ]
      if let perSecond = rate.perSecond {
        parts.append(.init("\(perSecond.text(decimals: 0)) images/s", rank: 2))
      }
      if let seconds = rate.seconds(for: progress.total - progress.images) {
        parts.append(.init("\(seconds.durationText) left", rank: 1))
      }
      return parts
    }
  }
}

/// The answers of a study as a table: a row for each image, a column for each network and lesion.
private struct LesionAnswers {
  let study: LesionStudy
  let form: CSVText

  func write(to sheet: Output) throws {
    let columns = study.networks.flatMap { network in
      ([network.whole] + network.lesions).map { (network, $0) }
    }
    try sheet.write(
      form.line(
        [.value("input"), .value("label")]
          + columns.map { network, lesion in
            .text(
              lesion.without.isEmpty
                ? network.name : "\(network.name) without \(lesion.without.joined(separator: " "))")
          }))
    for (image, source) in study.images.enumerated() {
      let answers = columns.map { network, lesion in
        CSVText.Field.text(lesion.answers[image].map { network.labels[$0] } ?? "")
      }
      let label = study.networks.first.map { $0.labels[$0.truths[image]] } ?? ""
      try sheet.write(form.line([.text(source.description), .text(label)] + answers))
    }
  }
}

extension String {
  /// The path without slashes at its end.
  fileprivate var withoutEndSlashes: String {
    var path = self[...]
    while path.count > 1, path.last == "/" { path.removeLast() }
    return String(path)
  }
}
