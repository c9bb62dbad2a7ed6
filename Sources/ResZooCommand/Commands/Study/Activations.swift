import ArgumentParser
import Files
import ResZoo

/// How numbers pass through the layers of networks.
struct Activations: TalkingCommand {
  static let configuration = CommandConfiguration(
    commandName: "activations",
    abstract: "Measure the numbers on the branches and the shortcuts of networks.",
    usage: "reszoo study activations <model> ... <images> ... --output <folder>",
    discussion: """
      Networks come first, then images or folders of them. The page shows mean magnitude, standard deviation and share of zeros through \
      the layers, branch and shortcut of each block apart, the ratio of their sizes, and the feature maps of the first layer. \
      Several networks share the figures. An image that cannot be read is left out; the exit code is then 1.

      EXAMPLE
        reszoo study activations resnet20.rzoo plain20.rzoo photos/ \\
          --output activations
      """)

  @Argument(
    help: "Checkpoints (.rzoo) or names of them in the cache, then images or folders.", completion: .file())
  var operands: [String]

  @OptionGroup var arguments: StudyArguments
  @OptionGroup var exif: ExifOptions
  @OptionGroup var bases: BaseOptions
  @OptionGroup var messages: MessageOptions

  func run() throws {
    let start = ContinuousClock.now
    let (models, places) = try StudyOperands.split(operands, "images")
    let images = try Images(places)
    try arguments.keep(images.sources.map(\.path))
    let subjects = try StudyOperands.subjects(models, bases: bases, threads: arguments.threads)
    let report = try reporting(output: arguments.output) {
      try StudyReport(folder: arguments.output, study: ActivationStudy.name)
    }
    let progress = Progress(total: images.sources.count * subjects.count, unit: "images")
    let study = try reporting {
      try ActivationStudy(
        of: subjects, images: images.sources,
        options: Classifier.Options(threads: arguments.threads, ignoresExif: exif.ignoreExif)
      ) { progress.update($0) }
    }
    progress.end()
    for (input, error) in study.errors { Terminal.fail("\(input): \(error)") }
    guard study.profiles.contains(where: { $0.images > 0 }) else {
      throw Failure(unreadable: study.errors.count, of: images.sources.count)
    }
    for profile in study.profiles where profile.isUntrained {
      Terminal.warn("\(profile.name): the weights are random")
    }
    var facts = arguments.facts
    facts.dataset = places.joined(separator: ", ")
    facts.seconds = (ContinuousClock.now - start) / .seconds(1)
    try reporting(output: arguments.output) { [facts] in try study.write(report, facts) }
    let sink = try Output(path: nil)
    for sentence in study.conclusions { try sink.write(sentence + "\n") }
    try sink.finish()
    if !study.errors.isEmpty { throw Failure(unreadable: study.errors.count, of: images.sources.count) }
    if images.hasUnreadable { throw Failure(.partial) }
  }
}
