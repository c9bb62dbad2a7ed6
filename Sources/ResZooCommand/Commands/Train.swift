import ArgumentParser
import ResZoo

struct Train: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Train a network on images.",
    discussion: """
      The data set is a folder with a folder for each class, a manifest (.csv, .jsonl), or CIFAR's binary files. A network that
      is named or described gets a logit for each class; one from a file must have as many.

      Nothing is done that was not asked for, but for shuffling and augmentation: random crops and mirrored images, as the
      CIFAR papers do it for small inputs and as for ImageNet else. Without --optimizer it is sgd with momentum 0.9, its rate
      0.1 (Adam's 0.001), for 30 epochs of batches of 128.

      step and multistep change the rate between epochs, cosine, onecycle and the warm-up with every step. Beside the output,
      FILE.training holds all that --resume needs until the training is done; the result is the same file.

      EXAMPLE
        reszoo train cifar10/train --arch small_resnet18 --output net.rzoo --validation cifar10/test \\
          --lr 0.1 --weight-decay 5e-4 --schedule multistep --milestones 15,25 --log net.jsonl
      """)

  @Argument(help: "The images to train on.")
  var dataset: String

  @Option(help: ArgumentHelp("An architecture; 'reszoo architectures' lists them.", valueName: "name"))
  var arch: String?

  @Option(help: ArgumentHelp("An architecture as JSON.", valueName: "file.json"))
  var descriptor: String?

  @Option(help: ArgumentHelp("A checkpoint to begin with.", valueName: "file"))
  var from: String?

  @OptionGroup var arguments: TrainingArguments
  @OptionGroup var course: CourseArguments
  @OptionGroup var cache: CacheArguments
  @OptionGroup var bases: BaseOptions

  func validate() throws {
    guard [arch, descriptor, from].compactMap(\.self).count == 1 else {
      throw ValidationError(
        "Say what to train: one of --arch NAME, --descriptor FILE.json and --from FILE.")
    }
    guard from != nil || bases.base.isEmpty else { throw ValidationError("--base is for --from.") }
    try course.requireValidation(usualShare: 0)
  }

  func run() throws {
    var data = try TrainingData(
      dataset: dataset, validation: course.validation, share: course.validationSplit ?? 0,
      seed: arguments.seed)
    let start = try TrainingStart(
      arch: arch, descriptor: descriptor, from: from, bases: bases, arguments: arguments, &data)
    var options = try Self.defaults(for: start.model, optimizer: arguments.optimizer)
    try arguments.apply(to: &options, count: data.training.count)
    try course.apply(to: &options)
    cache.apply(to: &options)
    arguments.tellOfIdleOptions(options)
    var job = TrainingJob(
      start.model, training: data.training, validation: data.validation, options: options,
      output: course.output)
    job.start = start.identity
    job.resumption = course.resumption
    job.keepsState = course.keepState
    job.source = from?.lastPathPart
    job.remarks = start.remarks
    try TrainingRun(
      job: job, records: course.records, cache: cache,
      inputs: [descriptor, from, dataset, course.validation].compactMap(\.self) + bases.base
    ).run()
  }

  /// The options that are not asked for otherwise.
  static func defaults(for model: Model, optimizer: OptimizerName?) throws(Failure) -> TrainingOptions {
    do {
      return try .scratch(model, optimizer: optimizer ?? .sgd)
    } catch {
      throw Failure(error)
    }
  }
}
