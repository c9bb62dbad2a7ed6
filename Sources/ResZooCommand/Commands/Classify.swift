import ArgumentParser
import ResZoo

struct Classify: ReplacingCommand {
  static let configuration = CommandConfiguration(
    abstract: "Find the classes of images.",
    usage: "reszoo classify <model> <inputs> ... [<options>]",
    discussion: """
      Images are files (JPEG, PNG, WebP, GIF, BMP, TIFF, PNM, AVIF, HEIC), folders with such files (searched to any depth), or '-' for \
      standard input: paths, one on each line or each before a NUL ('find -print0'), or an image itself. Results keep this order. An image that cannot be read \
      gets a result with its error, and so does one whose answer is not finite; the others are not affected, and the exit code is 1.

      Sorted and annotated images get numbers where names are taken. The same command again makes only what is missing.

      EXAMPLE
        reszoo classify resnet50.rzoo cat.jpg holiday/ --format jsonl > labels.jsonl
        reszoo classify resnet50.rzoo holiday/ --sort-into sorted --min-probability 0.5
      """)

  @Argument(help: "A checkpoint (.rzoo), or the name of one in the cache.")
  var model: String

  @Argument(help: "Images, folders, or '-'.")
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

  @Option(help: "Form of the results.")
  var format = ResultFormat.text

  @Option(help: ArgumentHelp("File for the results (default: standard output).", valueName: "file"))
  var output: String?

  @OptionGroup var places: ImagePlaces
  @OptionGroup var views: ViewOptions
  @OptionGroup var exif: ExifOptions
  @OptionGroup var replacement: ReplacementOptions
  @OptionGroup var bases: BaseOptions
  @OptionGroup var options: RunOptions

  func validate() throws {
    if case .first(let count) = top, count < 1 {
      throw ValidationError("--top is \(count); it must be at least 1.")
    }
    if let minProbability, !(minProbability > 0 && minProbability <= 1) {
      throw ValidationError("--min-probability is \(minProbability); it must be above 0 and at most 1.")
    }
  }

  func run() throws {
    let images = try Images(inputs)
    let classifier = try loadClassifier(
      model, bases: bases, run: options, ignoringExif: exif.ignoreExif, views: views)
    let failed = try classify(images.sources, with: classifier)
    if failed.count > 0 { throw Failure(failed, of: images.sources.count) }
    if images.hasUnreadableFolders { throw Failure(.partial) }
  }

  /// Prints a result for each image and returns the errors of those that have none.
  private func classify(_ images: [ImageSource], with classifier: Classifier) throws -> FailedImages {
    let network = classifier.descriptor.architecture
    let listed = top.count(of: network)
    var sorter = try places.sorter(classifier.descriptor, minimum: minProbability, inputs: images)
    var annotator = try places.annotator()
    let sink = try Output(path: output, keeping: [model] + images.map(\.path))
    var writer = ResultWriter(
      format: format, model: model, descriptor: classifier.descriptor,
      appliesExif: classifier.preprocessing.exif == .apply, top: listed, isWhole: top == .all,
      minProbability: minProbability)
    let progress = Progress(total: images.count, unit: "images")
    var failed = FailedImages()
    var done = 0
    if classifier.descriptor.hasRandomAnswers, format == .jsonl || format == .csv {
      Terminal.note("\(model): \(ResultWriter.warning(classifier.descriptor))")
    }
    if network.classes == 1, network.answer == .one {
      Terminal.note("\(model): has one class, whose probability is 1 whatever the image shows")
    }
    try sink.write(writer.header())
    try reporting(model) {
      let count = max(listed, sorter?.topCount(of: network) ?? 0)
      try classifier.classify(images: images, top: count) { result in
        switch result.outcome {
        case .failure(let error):
          failed.add(error)
          // On a terminal the error stands among the results.
          if format != .text || !sink.isTerminal {
            Terminal.note("\(result.input): \(error.message)")
          }
        case .success(let classification):
          try sorter?.add(images[done], classification)
          do {
            try annotator?.add(
              images[done], writer.listed(classification), otherwise: writer.nothingListed)
          } catch let error as ImageError {
            failed.add(error)
            Terminal.note("\(result.input): \(error.message)")
          }
        }
        if let warning = result.image?.warning {
          Terminal.note("\(result.input): warning: \(warning)")
        }
        try sink.write(writer.row(result))
        done += 1
        progress.update(done)
      }
    }
    progress.end()
    try sink.write(writer.footer())
    try sink.finish()
    return failed
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

/// The forms of the results of `classify`.
enum ResultFormat: String, ExpressibleByArgument, CaseIterable {
  case text
  case json
  case jsonl
  case csv
}
