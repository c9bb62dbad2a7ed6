import ArgumentParser
import Platform
import ResZoo

struct Bench: TalkingCommand {
  static let configuration = CommandConfiguration(
    commandName: "bench",
    abstract: "Measure how fast a network runs here.",
    usage: "reszoo bench <model> [<options>]",
    discussion: """
      Measures whole forward passes on synthetic images, after the weights are packed and memory is laid out. With --open, the \
      time to read and verify the index; with --plan, each layer's engine, time and share of the processors' peak; with --load, \
      the first load of this process, from opening to all tensors decoded and verified, where --unverified leaves the checksums \
      out to show their cost. With --train, whole training steps on synthetic images: the frozen layers, forward, backward, and \
      an update by SGD with momentum.

      EXAMPLE
        reszoo bench resnet50.rzoo --batch 8 --seconds 3
        reszoo bench resnet50.rzoo --train layer4,fc --batch 16
      """)

  @Argument(help: "A checkpoint (.rzoo), or the name of one in the cache.", completion: .checkpoint)
  var model: String

  @Option(parsing: .unconditional, help: ArgumentHelp("Seconds to measure (default: 2).", valueName: "s"))
  var seconds: Double?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Height and width of the images (default: the network's own).", valueName: "n"))
  var size: Int?

  @Flag(help: "Measure opening.")
  var open = false

  @Flag(help: "Measure loading.")
  var load = false

  @Flag(help: "With --load: leave out the checksums of the tensors, as no other command does.")
  var unverified = false

  @Flag(help: "Measure each layer.")
  var plan = false

  @Option(
    help: ArgumentHelp(
      "Measure training steps of these layers, or of 'all' (default: none).", valueName: "layers"),
    completion: .layers)
  var train: String?

  @Flag(help: "Print JSON on one line.")
  var json = false

  @OptionGroup var bases: BaseOptions
  @OptionGroup var options: RunOptions
  @OptionGroup var messages: MessageOptions

  func validate() throws {
    if let seconds, !(seconds > 0 && seconds <= 3600) {
      throw ValidationError("--seconds is \(seconds); it must be above 0 and at most 3600.")
    }
    guard [open, load, plan, train != nil].count(where: \.self) <= 1 else {
      throw ValidationError("Give one of --open, --load, --plan and --train.")
    }
    let isPlain = !options.exact && options.precision == .float32 && options.optimize == .throughput
    guard
      !(open || load) || (isPlain && size == nil && seconds == nil && options.batch == nil)
    else {
      throw ValidationError(
        "--size, --seconds, --batch, --exact, --precision and --optimize are for running a network, which --open and --load do not."
      )
    }
    guard train == nil || !options.exact && options.optimize == .throughput else {
      throw ValidationError("--exact and --optimize are for inference; --train measures steps without them.")
    }
    guard load || !unverified else { throw ValidationError("--unverified is for --load.") }
    if let size, size < 1 { throw ValidationError("--size is \(size); it must be at least 1.") }
  }

  func run() throws {
    if open {
      try print(OpenRecord(openMs: measureOpen()))
    } else if load {
      try print(LoadRecord(loadMs: milliseconds { () throws(Failure) in _ = try tensors() }))
    } else if plan {
      try printPlan()
    } else if let train {
      try print(measureTraining(train))
    } else {
      try print(measureRuns())
    }
  }

  /// A measurement for people and as JSON.
  private protocol Measurement: Encodable {
    var text: String { get }
  }

  private struct OpenRecord: Measurement {
    var openMs: Double

    var text: String { "opened in \(openMs.text(decimals: 2)) ms\n" }
  }

  private struct LoadRecord: Measurement {
    var loadMs: Double

    var text: String { "all tensors read in \(loadMs.text(decimals: 1)) ms\n" }
  }

  private struct RunRecord: Measurement {
    var minMs: Double
    var medianMs: Double
    var imagesPerSecond: Double
    /// The most memory that the process ever had.
    var peakBytes: Int
    /// The memory of the feature maps and the workers' scratch.
    var arenaBytes: Int?
    var runs: Int
    var batch: Int
    var kernels: String
    var precision: String

    var text: String {
      let memory =
        "at most \(peakBytes.sizeText)" + (arenaBytes.map { ", of it \($0.sizeText) for feature maps" } ?? "")
      return """
        \(imagesPerSecond.text(decimals: 1)) images/s
        time    \(medianMs.text(decimals: 2)) ms, the fastest \(minMs.text(decimals: 2)) ms, of \(runs.counted("run")) with \
        \(batch.counted("image"))
        memory  \(memory)
        kernels \(kernels), \(precision)

        """
    }
  }

  private func print(_ record: some Measurement) throws {
    let sink = try Output(path: nil)
    try sink.write(json ? JSONText.line(record) + "\n" : record.text)
    try sink.finish()
  }

  private func measureOpen() throws -> Double {
    try milliseconds { () throws(Failure) in _ = try openStack(model, bases: bases, use: .index) }
  }

  private func tensors() throws(Failure) -> [String: Tensor] {
    let stack = try openStack(model, bases: bases)
    return try reporting(model) {
      guard unverified else { return try stack.loadTensors(threads: options.threads) }
      guard let reader = stack.layers.first, stack.layers.count == 1 else {
        throw Failure(.usage, "\(model) is a delta; --unverified is for complete files")
      }
      return try reader.loadTensors(threads: options.threads, verifying: false)
    }
  }

  private func measureRuns() throws -> RunRecord {
    let session = try makeSession()
    return record(
      precision: session.plan.arithmetic,
      arenaBytes: session.plan.memoryNeeded(capacity: session.capacity, threads: session.threads)
    ) {
      fillInput(session)
      return milliseconds { session.run(count: options.batchSize) }
    }
  }

  /// Times whole training steps.
  private func measureTraining(_ layers: String) throws(Failure) -> RunRecord {
    options.remarkOnPrecision()
    let network = try loadModel(model, bases: bases, threads: options.threads)
    let training = try reporting(model) {
      try SyntheticTraining(
        network, selection: LayerSelection(layers), size: size, batch: options.batchSize,
        precision: options.precision, threads: options.threads)
    }
    return record(precision: training.precision.rawValue, arenaBytes: training.network.arenaByteCount) {
      milliseconds { _ = training.step() }
    }
  }

  /// Repeats a run for as long as was asked for.
  ///
  /// - Parameter run: gives its time in milliseconds.
  private func record(precision: String, arenaBytes: Int?, of run: () -> Double) -> RunRecord {
    var times: [Double] = []
    let start = ContinuousClock.now
    repeat {
      times.append(run())
    } while ContinuousClock.now - start < .seconds(duration) || times.count < Self.fewestRuns
    times.removeFirst(Self.warmUps)
    times.sort()
    return RunRecord(
      minMs: times[0], medianMs: times[times.count / 2],
      imagesPerSecond: Double(options.batchSize) * 1000 / times[times.count / 2], peakBytes: peakMemory(),
      arenaBytes: arenaBytes, runs: times.count, batch: options.batchSize, kernels: InferencePlan.kernelName,
      precision: precision)
  }

  /// Seconds to measure for.
  var duration: Double { seconds ?? 2 }

  private static let warmUps = 2
  private static let fewestRuns = 5

  func makeSession() throws(Failure) -> InferenceSession {
    options.remarkOnPrecision()
    let network = try loadModel(model, bases: bases, threads: options.threads)
    return try reporting(model) {
      let plan = try InferencePlan(
        network, height: size, width: size, exact: options.exact, precision: options.precision,
        goal: options.optimize,
        threads: options.threads)
      return try InferenceSession(plan: plan, capacity: options.batchSize, threads: options.threads)
    }
  }

  /// Runs use their input up, so each gets a new one.
  func fillInput(_ session: InferenceSession) {
    for image in 0..<options.batchSize {
      session.withInput(image) { span in
        span.fillWithNoise(image)
      }
    }
  }

  private func milliseconds<Problem: Error>(_ work: () throws(Problem) -> Void) throws(Problem) -> Double {
    let start = ContinuousClock.now
    try work()
    return (ContinuousClock.now - start) / .milliseconds(1)
  }

  /// The most memory that this process ever had resident, in bytes.
  private func peakMemory() -> Int {
    #if canImport(Darwin)
    let processItself = RUSAGE_SELF
    #else
    let processItself = __rusage_who_t(RUSAGE_SELF.rawValue)
    #endif
    var usage = rusage()
    unsafe getrusage(processItself, &usage)
    #if canImport(Darwin)
    return Int(usage.ru_maxrss)
    #else
    return Int(usage.ru_maxrss) * 1024
    #endif
  }
}
