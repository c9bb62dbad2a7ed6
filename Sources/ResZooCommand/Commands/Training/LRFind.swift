import ArgumentParser
import ResZoo

struct LRFind: ReplacingCommand {
  static let configuration = CommandConfiguration(
    commandName: "lr-find",
    abstract: "Find a learning rate: the range test.",
    usage: "reszoo lr-find <dataset> (--arch | --descriptor | --from) [<options>]",
    discussion: """
      The rate grows from step to step until the loss explodes. The suggestion is the rate at which the smoothed loss falls \
      fastest; there is none from fewer than 40 steps, or ten for each decade of rates. No network is written. Options and defaults are those of 'train' for --arch and --descriptor, and those of \
      'finetune' for a checkpoint. --lr, --unfreeze and --ema are accepted without effect; only the ratio of --lr to \
      --backbone-lr counts.

      EXAMPLE
        reszoo lr-find photos/ --from resnet50.rzoo --train layer4,fc \\
          --chart rates.svg
      """)

  @Argument(help: "The images to train on.", completion: .file())
  var dataset: String

  @OptionGroup(title: "Network") var network: NetworkSource

  @Option(parsing: .unconditional, help: ArgumentHelp("First rate.", valueName: "x"))
  var first = 1e-7

  @Option(parsing: .unconditional, help: ArgumentHelp("Last rate.", valueName: "x"))
  var last = 10.0

  @Option(
    parsing: .unconditional, help: ArgumentHelp("Steps from the first to the last rate.", valueName: "n"))
  var steps = 100

  @Option(help: "Form of the steps.")
  var format = Format.text

  @Option(
    help: ArgumentHelp("File for a chart of the losses (default: none).", valueName: "file.svg"),
    completion: .file())
  var chart: String?

  @OptionGroup var arguments: TrainingArguments
  @OptionGroup var replacement: ReplacementOptions
  @OptionGroup var messages: MessageOptions
  @OptionGroup(title: "Settings") var config: ConfigArguments

  enum Format: String, ExpressibleByArgument, CaseIterable {
    case text, json
  }

  func validate() throws {
    guard chart != "-" else { throw ValidationError("--chart needs a file: standard output gets the steps.") }
    guard first > 0, last > first, last.isFinite else {
      throw ValidationError(
        "--first is \(first) and --last \(last); both must be above 0, the last the larger.")
    }
    guard (10...10_000).contains(steps) else {
      throw ValidationError("--steps is \(steps); it must be from 10 to 10000.")
    }
  }

  func run() throws {
    let question =
      try network.from == nil ? network.question(arguments.answer) : arguments.answer.question()
    let data = try TrainingData(dataset: dataset, nil, for: question, seed: arguments.seed)
    let stack = try network.from.map { path throws(Failure) in
      try openStack(path, bases: network.bases, signature: network.signature)
    }
    let inputs = network.files + [dataset] + data.training.sources.map(\.path)
    let image = try chart.map { path throws(Failure) in try Output(path: path, keeping: inputs, as: .svg) }
    try config.save(keeping: inputs)
    let search = try find(data, from: stack)
    let sink = try Output(path: nil)
    switch format {
    case .text: try sink.write(Self.text(search))
    case .json: try sink.write(JSONText.line(SearchRecord(search)) + "\n")
    }
    try sink.finish()
    if let image {
      try image.write(search.chart())
      try image.finish()
    }
  }

  /// - Parameter stack: the checkpoint that is named, if one is.
  private func find(_ data: TrainingData, from stack: CheckpointStack?) throws(Failure) -> LearningRateSearch
  {
    var data = data
    let model: Model
    var options: TrainingOptions
    let optimizer = arguments.optimization.optimizer
    if let from = network.from, let stack {
      model = try FinetuningStart(from, stack, &data, head: nil, arguments: arguments).model
      options = try Finetune.defaults(for: model, data, optimizer: optimizer)
    } else {
      model = try TrainingStart(network, arguments: arguments, &data).model
      options = try Train.defaults(for: model, optimizer: optimizer)
    }
    try arguments.apply(to: &options, count: data.training.count)
    options.warmupEpochs = 0
    warnAboutUnusedOptions(options)
    var job = TrainingJob(model, training: data.training, options: options, output: "")
    try job.settle()
    let progress = Progress(total: steps, unit: "steps")
    defer { progress.end() }
    return try reporting { [job] in
      try LearningRateSearch(job, rates: first...last, steps: steps) { done in
        progress.update(done)
        return false
      }
    }
  }

  /// Warns about given options that have no effect on a range test.
  private func warnAboutUnusedOptions(_ options: TrainingOptions) {
    let given = arguments.optimization
    given.warnAboutUnusedOptions(options)
    let unused = [
      given.lr != nil && given.backboneLr == nil ? "--lr" : nil,
      given.unfreeze.isEmpty ? nil : "--unfreeze", given.ema == nil ? nil : "--ema",
    ].compactMap(\.self)
    guard !unused.isEmpty else { return }
    Terminal.warn(
      """
      no effect here: \(unused.joined(separator: ", ")); the test tries the rates from --first to --last, within one epoch
      """)
  }

  private static func text(_ search: LearningRateSearch) -> String {
    let table = Table(
      head: ["learning rate", "loss", "smoothed"],
      rows: search.points.map { point in
        [point.rate.shortText, point.loss.text(decimals: 4), point.smoothed.text(decimals: 4)]
      })
    let advice =
      search.suggestion.map { rate in
        "suggested: --lr \(rate.shortText)"
          + (search.lowest.map { " (the loss is lowest at \($0.shortText))" } ?? "")
      }
      ?? (search.points.count < search.fewestSteps && !search.exploded
        ? """
        no rate can be suggested from so few steps: the smoothed loss lags behind the rate; try --steps \
        \(search.fewestSteps) or more, or a smaller range from --first to --last
        """
        : "no rate can be suggested: the loss fell no more than it differs from batch to batch; try more --steps")
    return table.text + "\n" + advice + "\n"
  }
}

/// A range test as JSON.
private struct SearchRecord: Encodable {
  struct PointRecord: Encodable {
    var learningRate: Double
    var loss: Double
    var smoothed: Double
  }

  var suggestion: Double?
  var lowest: Double?
  /// True if the loss exploded before the last step.
  var exploded: Bool
  var points: [PointRecord]

  init(_ search: LearningRateSearch) {
    suggestion = search.suggestion
    lowest = search.lowest
    exploded = search.exploded
    points = search.points.map {
      PointRecord(learningRate: $0.rate, loss: $0.loss, smoothed: $0.smoothed)
    }
  }
}
