import ArgumentParser
import Files
import Messages
import ResZoo

struct Classify: ReplacingCommand {
  static let configuration = CommandConfiguration(
    commandName: "classify",
    abstract: "Find the classes of images.",
    usage: "reszoo classify <model> <inputs> ... [<options>]",
    discussion: """
      Images are files (JPEG, PNG, WebP, GIF, BMP, TIFF, PNM, AVIF, HEIC), folders with such files (searched to any depth), or '-' for \
      standard input: paths, one on each line or each before a NUL ('find -print0'), or an image itself. Results keep this order. An image that cannot be read \
      gets a result with its error, and so does one whose answer is not finite; the others are not affected, and the exit code is 1.

      Sorted and annotated images get numbers where names are taken. The same command again makes only what is missing.

      Rows of JSONL or CSV for a file go to FILE.partial as they come, and become FILE at the end. After an interruption the same \
      command with --resume continues behind the last one.

      EXAMPLE
        reszoo classify resnet50.rzoo cat.jpg holiday/ --format jsonl > labels.jsonl
        reszoo classify resnet50.rzoo holiday/ --sort-into sorted --min-probability 0.5
      """)

  @Argument(help: "A checkpoint (.rzoo), or the name of one in the cache.", completion: .checkpoint)
  var model: String

  @Argument(help: "Images, folders, or '-'.", completion: .file())
  var inputs: [String]

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Classes to list for each image; 'all' gives a CSV table a column for each class.", valueName: "n|all"))
  var top = ListedClasses.first(5)

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Leave out classes of a lower probability, 0 to 1 (default: none).", valueName: "p"))
  var minProbability: Double?

  @Option(help: "Form of the results (default: as --output ends, else text).")
  var format: ResultFormat?

  @Option(
    help: ArgumentHelp("File for the results (default: standard output).", valueName: "file"),
    completion: .file())
  var output: String?

  @Flag(help: "Continue an interrupted run; all other options must be as they were.")
  var resume = false

  @Flag(help: "Give up the results of an interrupted run and begin again.")
  var restart = false

  @OptionGroup var table: CSVOptions
  @OptionGroup var places: ImagePlaces
  @OptionGroup var views: ViewOptions
  @OptionGroup var exif: ExifOptions
  @OptionGroup var replacement: ReplacementOptions
  @OptionGroup var messages: MessageOptions
  @OptionGroup var bases: BaseOptions
  @OptionGroup var signature: SignatureOptions
  @OptionGroup var options: RunOptions

  /// The form that was asked for, by name or by the ending of the output.
  private var form: ResultFormat { format ?? ResultFormat(ofOutput: output) }

  /// The form of the rows that survive an interruption; nil where none do.
  private var rowForm: RowForm? {
    guard let output, output != "-" else { return nil }
    return form == .csv ? .csv : form == .jsonl ? .jsonl : nil
  }

  func validate() throws {
    guard !(resume && restart) else {
      throw ValidationError("--resume and --restart exclude each other.")
    }
    guard rowForm != nil || !(resume || restart) else {
      throw ValidationError("--resume and --restart are for --output FILE.jsonl or FILE.csv.")
    }
    if case .first(let count) = top, count < 1 {
      throw ValidationError("--top is \(count); it must be at least 1.")
    }
    if let minProbability, !(minProbability > 0 && minProbability <= 1) {
      throw ValidationError("--min-probability is \(minProbability); it must be above 0 and at most 1.")
    }
  }

  func run() throws {
    try Operand.requireModelFirst(model, inputs, "classify")
    let images = try Images(inputs)
    // Rows of other weights are never continued, so that those of this run must be known by more than the claim of a header.
    let stack = try openStack(model, bases: bases, signature: signature, pins: rowForm != nil)
    let classifier = try loadClassifier(
      model, stack, run: options, ignoringExif: exif.ignoreExif, views: views)
    let failed = try classify(images.sources, with: classifier, stack.index)
    if failed.count > 0 { throw Failure(failed, of: images.sources.count) }
    if images.hasUnreadable { throw Failure(.partial) }
  }

  /// Prints a result for each image and returns the errors of those that have none.
  ///
  /// - Parameter index: the checkpoint's.
  private func classify(
    _ images: [ImageSource], with classifier: Classifier, _ index: CheckpointIndex
  ) throws -> FailedImages {
    let network = classifier.descriptor.architecture
    let listed = top.count(of: network)
    var sorter = try places.sorter(classifier.descriptor, minimum: minProbability, inputs: images)
    var annotator = try places.annotator(inputs: images)
    let rows = try partialRows(of: images, index, classifier)
    if let rows, rows.count > images.count {
      throw Failure(
        .data,
        "\(rows.path): holds \(rows.count.grouped) rows, and there are \(images.count.counted("image")): it is no work of this command; begin again with --restart"
      )
    }
    let sink = try rows.map(Output.init) ?? Output(path: output, keeping: [model] + images.map(\.path))
    var writer = ResultWriter(
      format: form, model: model, descriptor: classifier.descriptor,
      appliesExif: classifier.preprocessing.exif == .apply, top: listed, isWhole: top == .all,
      minProbability: minProbability, table: table.form)
    var failed = FailedImages()
    failed.add(earlier: rows?.failed ?? 0)
    var done = rows?.count ?? 0
    let progress = Progress(total: images.count, unit: "images", done: done)
    if done > 0 { Terminal.note("continuing after \(done.counted("result"))") }
    if classifier.descriptor.hasRandomAnswers, form == .jsonl || form == .csv {
      Terminal.warn("\(model): \(ResultWriter.warning(classifier.descriptor))")
    }
    if let temperature = classifier.descriptor.temperature {
      Terminal.note("\(model): probabilities at the temperature \(temperature.text)")
    }
    if network.classes == 1, network.answer == .one {
      Terminal.warn("\(model): has one class, whose probability is 1 whatever the image shows")
    }
    if rows?.needsHeader ?? true { try sink.write(writer.header()) }
    if output != nil { Interruption.defer() }
    try reporting(model) {
      let count = max(listed, sorter?.topCount(of: network) ?? 0)
      try classifier.classify(images: Array(images.dropFirst(done)), top: count) { result in
        switch result.outcome {
        case .failure(let error):
          failed.add(error)
          // On a terminal the error stands among the results.
          if form != .text || !sink.isTerminal {
            Terminal.fail("\(result.input): \(error.message)")
          }
        case .success(let classification):
          try sorter?.add(images[done], classification)
          do {
            try annotator?.add(
              images[done], writer.listed(classification), otherwise: writer.nothingListed)
          } catch let error as ImageError {
            failed.add(error)
            Terminal.fail("\(result.input): \(error.message)")
          }
        }
        if let warning = result.image?.warning {
          Terminal.warn("\(result.input): warning: \(warning)")
        }
        try sink.write(writer.row(result))
        done += 1
        if Interruption.isRequested { stop(after: done, of: images.count, rows) }
        progress.update(done)
      }
    }
    progress.end()
    try sink.write(writer.footer())
    try sink.finish()
    return failed
  }

  /// Says what an interrupted run leaves, and ends the process as the signal would have ended it.
  private func stop(after done: Int, of total: Int, _ rows: PartialRows?) {
    rows?.stop(after: done, of: total)
    Terminal.note(
      "stopped after \(done.grouped) of \(total.counted("result")); nothing was written. Runs with --format jsonl or csv can be resumed"
    )
    Interruption.end()
  }

  /// The rows beside the output, behind which the work goes on; nil where there are none.
  ///
  /// - Parameter index: that of the checkpoint, whose weights have its content root.
  private func partialRows(
    of images: [ImageSource], _ index: CheckpointIndex, _ classifier: Classifier
  ) throws -> PartialRows? {
    guard let rowForm, let output else { return nil }
    try Operand.keep([model] + images.map(\.path), from: output, as: .text)
    // Creates the output, to see whether it can be, and removes it again.
    if !(resume && FileIdentity(path: output) != nil) { _ = try Output(path: output) }
    var settings = [
      // The name tells them from rows of versions that took the word of a header.
      "weights of the model": index.contentRootHex,
      "architecture of the model": CheckpointIndex.digest(of: index.architectureJSON),
      "metadata of the model": CheckpointIndex.digest(of: index.metadataJSON),
      "images": "\(images.count.grouped) (\(digest(images.map(\.path))))", "--format": form.rawValue,
      "--top": "\(top)", "--optimize": options.optimize.rawValue,
    ]
    settings["--tta"] = views.tta?.rawValue
    settings["--min-probability"] = minProbability.map { "\($0)" }
    settings["--ignore-exif"] = exif.ignoreExif ? "given" : nil
    settings["--sort-into"] = places.sortInto
    settings["--link"] = places.link?.rawValue
    settings["--annotate"] = places.annotate
    settings["--csv-exact"] = table.csvExact ? "given" : nil
    settings["--precision"] = options.precision == .float32 ? nil : classifier.precision.rawValue
    settings["--exact"] = options.exact ? "given" : nil
    return try PartialRows(
      output: output, rowForm, settings: settings, resume ? .resume : restart ? .restart : .begin)
  }

  /// A number that changes with the texts (FNV-1a, 64 bits).
  private func digest(_ texts: [String]) -> String {
    var number: UInt64 = 0xCBF2_9CE4_8422_2325
    for text in texts {
      for byte in text.utf8 { number = (number ^ UInt64(byte)) &* 0x100_0000_01B3 }
      number = number &* 0x100_0000_01B3
    }
    return hexadecimal(number)
  }
}

/// The number of classes that a result lists.
enum ListedClasses: ExpressibleByArgument, Equatable, CustomStringConvertible {
  case first(Int)
  case all

  init?(argument: String) {
    if argument == "all" {
      self = .all
    } else if let count = Int(argument) {
      self = .first(count)
    } else {
      return nil
    }
  }

  var description: String {
    switch self {
    case .first(let count): "\(count)"
    case .all: "all"
    }
  }

  /// The number for a network.
  func count(of network: Architecture) -> Int {
    if case .first(let count) = self { min(count, network.classes) } else { network.classes }
  }
}

/// The forms of the results of `classify` and `similar`.
enum ResultFormat: String, ExpressibleByArgument, CaseIterable {
  case text
  case json
  case jsonl
  case csv

  /// The form that the ending of an output asks for; text where it asks for none.
  init(ofOutput path: String?) {
    let ending = path?.split(separator: ".").last.map { $0.lowercased() }
    self = ending.flatMap(ResultFormat.init(rawValue:)) ?? .text
  }
}
