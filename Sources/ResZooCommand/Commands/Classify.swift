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

      EXAMPLE
        reszoo classify resnet50.rzoo cat.jpg holiday/ --format jsonl > labels.jsonl
      """)

  @Argument(help: "A checkpoint (.rzoo), or the name of one in the cache.")
  var model: String

  @Argument(help: "Images, folders, or '-'.")
  var inputs: [String]

  @Option(parsing: .unconditional, help: ArgumentHelp("Classes to list for each image.", valueName: "n"))
  var top = 5

  @Option(help: "Form of the results.")
  var format = ResultFormat.text

  @Option(help: ArgumentHelp("File for the results (default: standard output).", valueName: "file"))
  var output: String?

  @OptionGroup var exif: ExifOptions
  @OptionGroup var replacement: ReplacementOptions
  @OptionGroup var bases: BaseOptions
  @OptionGroup var options: RunOptions

  func validate() throws {
    guard top > 0 else { throw ValidationError("--top is \(top); it must be at least 1.") }
  }

  func run() throws {
    let images = try Images(inputs)
    let classifier = try loadClassifier(model, bases: bases, run: options, ignoringExif: exif.ignoreExif)
    let failed = try classify(images.sources, with: classifier)
    if failed.count > 0 { throw Failure(failed, of: images.sources.count) }
    if images.hasUnreadableFolders { throw Failure(.partial) }
  }

  /// Prints a result for each image and returns the errors of those that have none.
  private func classify(_ images: [ImageSource], with classifier: Classifier) throws -> FailedImages {
    let sink = try Output(path: output, keeping: [model] + images.map(\.path))
    var writer = ResultWriter(
      format: format, model: model, descriptor: classifier.descriptor,
      appliesExif: classifier.preprocessing.exif == .apply,
      top: min(top, classifier.descriptor.architecture.classes))
    let progress = Progress(total: images.count, unit: "images")
    var failed = FailedImages()
    var done = 0
    if classifier.descriptor.hasRandomAnswers, format == .jsonl || format == .csv {
      Terminal.note("\(model): \(ResultWriter.warning(classifier.descriptor))")
    }
    let network = classifier.descriptor.architecture
    if network.classes == 1, network.answer == .one {
      Terminal.note("\(model): has one class, whose probability is 1 whatever the image shows")
    }
    try sink.write(writer.header())
    try reporting(model) {
      try classifier.classify(images: images, top: top) { result in
        if case .failure(let error) = result.outcome {
          failed.add(error)
          // On a terminal the error stands among the results.
          if format != .text || !sink.isTerminal {
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

/// The forms of the results of `classify`.
enum ResultFormat: String, ExpressibleByArgument, CaseIterable {
  case text
  case json
  case jsonl
  case csv
}
