import ArgumentParser
import ResZoo

struct LRFind: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "lr-find",
    abstract: "Find a learning rate: the range test.",
    discussion: """
      The rate grows from step to step until the loss explodes. The suggestion is the rate at which the smoothed loss falls
      fastest. No network is written. Options are those of 'train' with --arch, and of 'finetune' for a checkpoint. --lr,
      --unfreeze and --ema are taken too, but change nothing: of --lr only the ratio to --backbone-lr counts.

      EXAMPLE
        reszoo lr-find photos/ --from resnet50.rzoo --train layer4,fc --chart rates.svg
      """)

  @Argument(help: "The images to train on.")
  var dataset: String

  @Option(help: ArgumentHelp("An architecture; 'reszoo architectures' lists them.", valueName: "name"))
  var arch: String?

  @Option(help: ArgumentHelp("An architecture as JSON.", valueName: "file.json"))
  var descriptor: String?

  @Option(
    help: ArgumentHelp("A checkpoint to begin with; it gets a new head for other classes.", valueName: "file")
  )
  var from: String?

  @Option(parsing: .unconditional, help: ArgumentHelp("The first rate.", valueName: "x"))
  var first = 1e-7

  @Option(parsing: .unconditional, help: ArgumentHelp("The last rate.", valueName: "x"))
  var last = 10.0

  @Option(
    parsing: .unconditional, help: ArgumentHelp("Steps from the first to the last rate.", valueName: "n"))
  var steps = 100

  @Option(help: "How to print the steps.")
  var format = Format.text

  @Option(help: ArgumentHelp("Where a chart of the losses goes.", valueName: "file.svg"))
  var chart: String?

  @OptionGroup var arguments: TrainingArguments
  @OptionGroup var bases: BaseOptions

  enum Format: String, ExpressibleByArgument, CaseIterable {
    case text, json
  }

  func validate() throws {
    guard [arch, descriptor, from].compactMap(\.self).count == 1 else {
      throw ValidationError(
        "Say what to train: one of --arch NAME, --descriptor FILE.json and --from FILE.")
    }
    guard from != nil || bases.base.isEmpty else { throw ValidationError("--base is for --from.") }
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
    let data = try TrainingData(dataset: dataset, validation: nil, share: 0, seed: arguments.seed)
    let image = try chart.map { path throws(Failure) in
      let inputs = [descriptor, from, dataset].compactMap(\.self) + bases.base
      return try Output(path: path, keeping: inputs + data.training.sources.map(\.path))
    }
    let search = try find(data)
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

  private func find(_ data: TrainingData) throws(Failure) -> LearningRateSearch {
    var data = data
    let model: Model
    var options: TrainingOptions
    if let from {
      let adaption = try Adaption(
        from, try openStack(from, bases: bases), &data, head: nil, arguments: arguments)
      model = adaption.model
      options = try Finetune.defaults(for: model, data, optimizer: arguments.optimizer)
    } else {
      model = try TrainingStart(
        arch: arch, descriptor: descriptor, from: nil, bases: bases, arguments: arguments, &data
      ).model
      options = try Train.defaults(for: model, optimizer: arguments.optimizer)
    }
    try arguments.apply(to: &options, count: data.training.count)
    options.warmupEpochs = 0
    tellOfIdleOptions(options)
    let job = TrainingJob(model, training: data.training, options: options, output: "")
    let progress = Progress(total: steps, unit: "steps")
    defer { progress.end() }
    do {
      return try LearningRateSearch(job, rates: first...last, steps: steps) { done in
        progress.update(done)
        return false
      }
    } catch {
      throw Failure(error)
    }
  }

  /// Says which of the given options have no influence on a range test.
  private func tellOfIdleOptions(_ options: TrainingOptions) {
    arguments.tellOfIdleOptions(options)
    let idle = [
      arguments.lr != nil && arguments.backboneLr == nil ? "--lr" : nil,
      arguments.unfreeze.isEmpty ? nil : "--unfreeze", arguments.ema == nil ? nil : "--ema",
    ].compactMap(\.self)
    guard !idle.isEmpty else { return }
    Terminal.error(
      "reszoo: \(idle.joined(separator: ", ")): without influence here; the rates of the test are those from --first to --last, and "
        + "no epoch counts")
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
      ?? "the loss fell no more than it differs from batch to batch: no rate can be suggested; more --steps may show one"
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
  /// Whether the loss exploded before the last step.
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
