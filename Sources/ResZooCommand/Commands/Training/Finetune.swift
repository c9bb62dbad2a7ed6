import ArgumentParser
import Files
import ResZoo

struct Finetune: ReplacingCommand {
  static let configuration = CommandConfiguration(
    commandName: "finetune",
    abstract: "Adapt a trained network to classes of your own.",
    usage: "reszoo finetune <model> <dataset> --output <file> [<options>]",
    discussion: """
      The data set is a folder with a folder for each class, a manifest (.csv, .jsonl), or CIFAR's binary files. A folder with \
      'train' and 'val' (or 'valid', 'validation', 'test') in it is trained on the one and validated with the other. If its \
      classes are not those of the network, the network gets a new head and the data set's labels. Frozen layers keep every bit.

      DEFAULTS
        trainable   the last stage and the head
        optimizer   AdamW, learning rate 0.001 (backbone 0.0001)
        schedule    cosine with 1 epoch of warm-up; 20 epochs, batches of 32
        validation  the data set's own 'val' or 'test', or a fifth of the images; the best epoch is kept
        end         early, after 8 epochs without improvement

      The features that frozen layers compute are kept in the cache folder, so that later epochs and trainings cost only the \
      trainable layers. They are those of 4 augmented versions of each image, used in turn (--cache-views).

      All layers compute in single precision. --precision bf16 or auto has convolutions multiply bfloat16 numbers, frozen ones and those \
      that train; weights and sums stay. --precision int8 has the frozen layers of a quantized network (reszoo quantize) compute with its \
      integers, which the result keeps: it is a quantized network whose trained layers are of real numbers. Both say at the start how \
      far features are from those of single precision, and what an image takes.

      EXAMPLE
        reszoo finetune resnet50.rzoo photos/ --output mine.rzoo
        reszoo finetune resnet50 photos/ --train fc --output mine.rzoo --delta
        reszoo finetune q.rzoo photos/ --train fc --precision int8 --output mine.rzoo
      """)

  @Argument(help: "A checkpoint (.rzoo), or the name of one in the cache.", completion: .checkpoint)
  var model: String

  @Argument(help: "The images to train on.", completion: .file())
  var dataset: String

  @OptionGroup(title: "Output") var output: OutputArguments
  @OptionGroup(title: "Output") var replacement: ReplacementOptions
  @OptionGroup var messages: MessageOptions
  @OptionGroup(title: "Settings") var config: ConfigArguments
  @OptionGroup(title: "Output") var form: DeltaOption
  @OptionGroup(title: "Network") var network: HeadOptions
  @OptionGroup(title: "Data") var validation: ValidationArguments
  @OptionGroup var arguments: TrainingArguments
  @OptionGroup(title: "Schedule") var schedule: ScheduleArguments
  @OptionGroup(title: "Cache of features") var cache: CacheArguments

  /// The option to write a delta.
  struct DeltaOption: ParsableArguments {
    @Flag(help: "Write only the tensors that differ from the base.")
    var delta = false
  }

  /// The options for the network itself.
  struct HeadOptions: ParsableArguments {
    @Option(help: "Give the network a new head of this form (default: a linear one where classes differ).")
    var head: NewHead?

    @OptionGroup var bases: BaseOptions
    @OptionGroup var signature: SignatureOptions
  }

  func run() throws {
    try Operand.requireModelFirst(model, [dataset], "finetune")
    var data = try TrainingData(
      dataset: dataset, validation, for: arguments.answer.question(),
      usualShare: TrainingOptions.finetuningValidationShare, seed: arguments.seed)
    try validation.require(for: schedule, data)
    let stack = try openStack(model, bases: network.bases, signature: network.signature)
      .checkedToWriteOn(model)
    let start = try FinetuningStart(model, stack, &data, head: network.head, arguments: arguments)
    var options = try Self.defaults(for: start.model, data, optimizer: arguments.optimization.optimizer)
    try arguments.apply(to: &options, count: data.training.count)
    try schedule.apply(to: &options)
    cache.apply(to: &options)
    try start.requireTrainableHead(options)
    arguments.optimization.warnAboutUnusedOptions(options)
    var job = TrainingJob(
      start.model, training: data.training, validation: data.validation, options: options,
      output: output.path)
    job.start = start.contentRoot
    job.requiresProvedStart = network.signature.publicKey != nil
    job.base = form.delta ? stack : nil
    job.resumption = output.resumption
    job.keepsState = output.keepState
    job.source = model.lastPathPart
    job.remarks = start.remarks
    job.validationShare = data.validationShare
    job.operands = ["model": model, "dataset": dataset, "validation": validation.validation].compactMapValues(
      \.self)
    try job.settle()
    Terminal.note(job.options)
    try TrainingRun(
      job: job, records: output, cache: cache, config: config,
      inputs: [try ModelOperand.path(of: model), dataset] + [data.validationPath].compactMap(\.self)
        + network.bases.base
    ).run()
  }

  /// The settings that the options change.
  static func defaults(
    for model: Model, _ data: TrainingData, optimizer: OptimizerName?
  ) throws(Failure) -> TrainingOptions {
    try reporting {
      try .finetuning(
        model, images: data.training.count, isValidated: data.validation != nil,
        optimizer: optimizer ?? .adamw)
    }
  }
}
