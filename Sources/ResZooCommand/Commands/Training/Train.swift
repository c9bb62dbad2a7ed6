import ArgumentParser
import Files
import ResZoo

struct Train: ReplacingCommand {
  static let configuration = CommandConfiguration(
    commandName: "train",
    abstract: "Train a network on images.",
    usage: """
      reszoo train <dataset> --arch <name> --output <file> [<options>]
      reszoo train <dataset> --from <file> --output <file> [<options>]
      """,
    discussion: """
      The data set is a folder with a folder for each class, a manifest (.csv, .jsonl), tar shards ('train-{000..012}.tar'), or CIFAR's binary files. A folder with \
      'train' and 'val' (or 'valid', 'validation', 'test') in it is trained on the one and validated with the other. A named or \
      described network gets one output for each class; a network from a file must have as many outputs as there are classes.

      Training uses sgd with momentum 0.9 and learning rate 0.1 (rmsprop: 0.01; adam, adamw and lamb: 0.001), for 30 epochs of batches of 128 \
      images in random order, with random crops and mirrored images. Everything else is off unless an option turns it on.

      The schedules step, multistep and plateau change the rate between epochs; cosine, onecycle, cyclical, warm-restarts and the warm-up \
      change it with every step; plateau goes by the validation, or without one by the loss of training. Until training is finished, FILE.training beside the output holds all that --resume needs. A resumed training \
      gives the same file as one without interruption.

      EXAMPLE
        reszoo train cifar10/train --arch small_resnet18 --output net.rzoo \\
          --validation cifar10/test --weight-decay 5e-4 \\
          --schedule multistep --milestones 15,25 --log net.jsonl
      """)

  @Argument(help: "The images to train on.", completion: .file())
  var dataset: String

  @OptionGroup(title: "Network") var network: NetworkSource
  @OptionGroup(title: "Output") var output: OutputArguments
  @OptionGroup(title: "Output") var replacement: ReplacementOptions
  @OptionGroup var messages: MessageOptions
  @OptionGroup(title: "Settings") var config: ConfigArguments
  @OptionGroup(title: "Data") var validation: ValidationArguments
  @OptionGroup var arguments: TrainingArguments
  @OptionGroup(title: "Schedule") var schedule: ScheduleArguments
  @OptionGroup(title: "Cache of features") var cache: CacheArguments

  func run() throws {
    var data = try TrainingData(
      dataset: dataset, validation, for: network.question(arguments.answer), seed: arguments.seed)
    try validation.require(for: schedule, data)
    let start = try TrainingStart(network, arguments: arguments, &data)
    var options = try Self.defaults(for: start.model, optimizer: arguments.optimization.optimizer)
    try arguments.apply(to: &options, count: data.training.count)
    try schedule.apply(to: &options)
    cache.apply(to: &options)
    arguments.optimization.warnAboutUnusedOptions(options)
    var job = TrainingJob(
      start.model, training: data.training, validation: data.validation, options: options,
      output: output.path)
    job.start = start.identity
    job.requiresProvedStart = network.signature.publicKey != nil
    job.resumption = output.resumption
    job.keepsState = output.keepState
    job.source = network.from?.lastPathPart
    job.remarks = start.remarks
    job.validationShare = data.validationShare
    job.operands = [
      "dataset": dataset, "validation": validation.validation, "from": network.from,
      "descriptor": network.descriptor,
    ].compactMapValues(\.self)
    let labels = data.training.labels
    Terminal.note("\(labels.count.counted("class", "classes")): \(labels.listed)")
    try job.settle()
    Terminal.note(job.options)
    try TrainingRun(
      job: job, records: output, cache: cache, config: config,
      inputs: network.files + [dataset, data.validationPath].compactMap(\.self)
    ).run()
  }

  /// The settings that the options change.
  static func defaults(for model: Model, optimizer: OptimizerName?) throws(Failure) -> TrainingOptions {
    try reporting { try .scratch(model, optimizer: optimizer ?? .sgd) }
  }
}
