import ArgumentParser
import ResZoo

struct Finetune: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Adapt a trained network to classes of your own.",
    discussion: """
      The data set is a folder with a folder for each class, a manifest (.csv, .jsonl), or CIFAR's binary files. When its classes
      are not the network's, the head is replaced, and the labels are those of the data set. What is frozen stays bit for bit.

      No option is needed. By default the last stage and the head train with adamw, which needs no rate found for each network:
      0.001 for the head and a tenth of it for what is trained already; on a cosine behind one epoch of warm-up, 20 epochs of
      batches of 32, with augmentation. A fifth of the images validates, the best epoch is kept, and training ends when 8
      epochs were not better.

      Features behind what is frozen are computed once and kept in the cache folder, so that later epochs, and trainings to
      come, cost only the part that trains. With augmentation they are those of 4 versions of each image (--cache-views),
      which take turns.

      EXAMPLE
        reszoo finetune resnet50.rzoo photos/ --output mine.rzoo
        reszoo finetune resnet50.rzoo photos/ --train layer4,fc --output mine.rzoo --delta
      """)

  @Argument(help: "A checkpoint (.rzoo), or the name of one in the cache.")
  var model: String

  @Argument(help: "The images to train on.")
  var dataset: String

  @Flag(help: "Write only the tensors that differ from the base.")
  var delta = false

  @Option(help: "Give the network a new head, of this form.")
  var head: HeadName?

  @OptionGroup var arguments: TrainingArguments
  @OptionGroup var course: CourseArguments
  @OptionGroup var cache: CacheArguments
  @OptionGroup var bases: BaseOptions

  /// The heads by name.
  enum HeadName: String, ExpressibleByArgument, CaseIterable {
    case linear, mlp
  }

  func validate() throws {
    try course.requireValidation(usualShare: TrainingOptions.finetuningValidationShare)
  }

  func run() throws {
    let share =
      course.validation == nil
      ? course.validationSplit ?? TrainingOptions.finetuningValidationShare : 0
    var data = try TrainingData(
      dataset: dataset, validation: course.validation, share: share, seed: arguments.seed)
    let stack = try openStack(model, bases: bases)
    let start = try Adaption(model, stack, &data, head: head, arguments: arguments)
    var options = try Self.defaults(for: start.model, data, optimizer: arguments.optimizer)
    try arguments.apply(to: &options, count: data.training.count)
    try course.apply(to: &options)
    cache.apply(to: &options)
    try start.requireTrainedHead(options)
    arguments.tellOfIdleOptions(options)
    var job = TrainingJob(
      start.model, training: data.training, validation: data.validation, options: options,
      output: course.output)
    job.start = stack.index.contentRootHex
    job.base = delta ? stack : nil
    job.resumption = course.resumption
    job.keepsState = course.keepState
    job.source = model.lastPathPart
    job.remarks = start.remarks
    let recipe = options.recipe.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }
    Terminal.error("reszoo: settings: \(recipe.joined(separator: ", "))")
    try TrainingRun(
      job: job, records: course.records, cache: cache,
      inputs: [try ModelOperand.path(of: model), dataset] + [course.validation].compactMap(\.self)
        + bases.base
    ).run()
  }

  /// The options that are not asked for otherwise.
  static func defaults(
    for model: Model, _ data: TrainingData, optimizer: OptimizerName?
  ) throws(Failure) -> TrainingOptions {
    do {
      return try .finetuning(
        model, images: data.training.count, isValidated: data.validation != nil,
        optimizer: optimizer ?? .adamw)
    } catch {
      throw Failure(error)
    }
  }
}
