import ArgumentParser
import ResZoo

struct Quantize: ReplacingCommand {
  static let configuration = CommandConfiguration(
    commandName: "quantize",
    abstract: "Make a network that computes with 8-bit integers.",
    usage: "reszoo quantize <model> <pictures> --output <q.rzoo> [<options>]",
    discussion: """
      The images need no labels; some hundred such as the network will see are enough. They tell the range of each map inside \
      the network, which is then held in 256 values; weights become integers with a scale for each output channel, and biases \
      are changed so that the layers' outputs keep their means. The logits of a network whose layers all compute so are the \
      same bits on every machine.

      With --validation both networks answer the images of a data set, and what is lost is printed.

      EXAMPLE
        reszoo quantize resnet50.rzoo photos/ --output resnet50-int8.rzoo
        reszoo quantize cifar.rzoo train/ --output int8.rzoo --validation test/
      """)

  @Argument(help: "A checkpoint (.rzoo), or the name of one in the cache.", completion: .checkpoint)
  var model: String

  @Argument(help: "Images and folders of them, or a data set.", completion: .file())
  var pictures: [String]

  @Option(help: ArgumentHelp("File for the checkpoint.", valueName: "q.rzoo"), completion: .file())
  var output: String

  @Option(
    name: .customLong("pictures"), parsing: .unconditional,
    help: ArgumentHelp("The number of images, chosen at random.", valueName: "n"))
  var count = 300

  @Option(
    parsing: .unconditional, help: ArgumentHelp("Seed of the choice of images.", valueName: "n"))
  var seed: UInt64 = 0

  @Option(
    help: ArgumentHelp(
      "Data set for the accuracy before and after (default: none).", valueName: "dataset"),
    completion: .file())
  var validation: String?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "With --validation: the most points of accuracy to lose; layers whose rounding costs most go on computing in floats (default: any).",
      valueName: "points"))
  var maxDrop: Double?

  @Option(
    help: ArgumentHelp("Layers that go on computing in floats (default: none).", valueName: "node,…"),
    completion: .node)
  var keep: String?

  @Option(
    help: ArgumentHelp(
      "The choice of ranges: mse (least squared error), percentile, or minmax_mean (mean extremes).",
      valueName: "method"))
  var method = Calibration.Method.meanSquaredError

  @Option(
    help: ArgumentHelp(
      "Folder for a report: accuracy, the layers that rounding hurts most, speed (default: none).",
      valueName: "folder"), completion: .directory)
  var report: String?

  @Flag(help: "Leave biases as they are.")
  var noBiasCorrection = false

  @Flag(help: "Print the result as JSON.")
  var json = false

  @Option(parsing: .unconditional, help: ArgumentHelp("Processors to use (default: all).", valueName: "n"))
  var threads: Int = 0

  @OptionGroup var exif: ExifOptions
  @OptionGroup var bases: BaseOptions
  @OptionGroup var signature: SignatureOptions
  @OptionGroup var replacement: ReplacementOptions
  @OptionGroup var messages: MessageOptions

  func validate() throws {
    guard count > 0 else { throw ValidationError("--pictures is \(count); it must be at least 1.") }
    if let maxDrop {
      guard validation != nil else {
        throw ValidationError("--max-drop needs --validation, a data set to measure the accuracy with.")
      }
      guard (0...100).contains(maxDrop) else {
        throw ValidationError("--max-drop is \(maxDrop); it must be from 0 to 100 points.")
      }
    }
    guard threads >= 0 else { throw ValidationError("--threads is \(threads); it must be 0 or more.") }
  }

  func run() throws {
    try Operand.requireModelFirst(model, pictures, "quantize")
    let stack = try openStack(model, bases: bases, signature: signature).checkedToWriteOn(model)
    let network = try loadModel(model, stack, threads: threads)
    let kept = try keptLayers(of: network)
    let candidates = try namedImages()
    let validation = try validation.map { path throws(Failure) in
      try reporting { try ImageSet(path: path, for: .evaluation) }
    }
    try Operand.keep(
      [model] + pictures + [self.validation].compactMap(\.self) + candidates.map(\.path)
        + (validation?.sources.map(\.path) ?? []), from: output)
    let page = try report.map { folder throws(Failure) in
      try reporting(output: folder) { try QuantizationReport(folder: folder) }
    }
    var failed = 0
    let images = ImageSource.sample(of: candidates, count: count, seed: seed)
    let quantizer = try quantizer(of: network, images, failed: &failed)
    let result = try reporting(model) { try quantize(quantizer, keeping: kept, validation) }
    let summary = try reporting(output: output) { try result.model.write(to: output) }
    if !stack.index.signatures.isEmpty {
      Terminal.warn("\(output): signatures dropped: \(stack.index.signatures.count); they are for \(model)")
    }
    if let missing = result.effect?.unreadable, missing > 0 {
      Terminal.warn(
        "\(self.validation ?? ""): \(missing.counted("image")) could not be read or have no finite answer, and count nowhere"
      )
    }
    if network.descriptor.temperature != nil {
      Terminal.warn(
        "\(output): without the temperature of \(model), which is for other logits; 'reszoo calibrate' finds its own"
      )
    }
    var record = QuantizationRecord(
      network, result.model, bytes: summary.fileByteCount,
      sourceBytes: stack.layers.reduce(0) { $0 + $1.index.fileByteCount }, effect: result.effect)
    if let page, let report {
      try write(page, to: report, &record, quantizer, result.model)
    }
    let sink = try Output(path: nil)
    try sink.write(json ? JSONText.line(record) + "\n" : QuantizationText(record: record).text)
    try sink.finish()
    if failed > 0 { throw Failure(unreadable: failed, of: images.count) }
  }

  /// Measures what the report has beside the record, and writes it.
  private func write(
    _ page: QuantizationReport, to folder: String, _ record: inout QuantizationRecord,
    _ quantizer: Quantizer, _ quantized: Model
  ) throws(Failure) {
    let progress = Progress(total: record.layers, unit: "layers")
    let options = Classifier.Options(threads: threads, ignoresExif: exif.ignoreExif)
    try reporting(model) {
      try record.addMeasurements(quantizer, of: quantizer.model, quantized, options: options) {
        progress.update($0)
      }
    }
    progress.end()
    try reporting(output: folder) { try page.write(record, model: model, validation: validation) }
  }

  /// The layers that are to compute in floats.
  private func keptLayers(of network: Model) throws(Failure) -> [String: String] {
    var kept: [String: String] = [:]
    let known = Set(Quantizer.layers(of: network))
    for part in (keep ?? "").split(separator: ",") {
      let name = String(part.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
      guard known.contains(name) else {
        throw Failure(.usage, "--keep: \(QuantizationError.unknownLayer(name))")
      }
      kept[name] = "asked for"
    }
    return kept
  }

  /// Measures the maps.
  private func quantizer(
    of network: Model, _ images: [ImageSource], failed: inout Int
  ) throws(Failure) -> Quantizer {
    let progress = Progress(total: images.count, unit: "images")
    defer { progress.end() }
    var (done, unreadable) = (0, 0)
    defer { failed = unreadable }
    return try reporting(model) {
      try Quantizer(
        network, calibrating: images,
        options: Quantizer.Options(
          method: method, correctsBiases: !noBiasCorrection, ignoresExif: exif.ignoreExif, threads: threads)
      ) { input, outcome in
        done += 1
        progress.update(done)
        if case .failure(let error) = outcome {
          unreadable += 1
          Terminal.fail("\(input): \(error.message)")
        }
      }
    }
  }

  private func quantize(
    _ quantizer: Quantizer, keeping kept: [String: String], _ set: ImageSet?
  ) throws -> (model: Model, effect: QuantizationEffect?) {
    let options = Classifier.Options(threads: threads, ignoresExif: exif.ignoreExif)
    guard let set else { return (try quantizer.quantized(keeping: kept), nil) }
    let result = try quantizer.quantized(within: maxDrop ?? 100, on: set, keeping: kept, classifier: options)
    {
      Terminal.note("\($0.counted("layer")) in floats: \($1.text(decimals: 2)) points lost")
    }
    guard let result else {
      throw Failure(
        .data,
        "no network with integers loses at most \(maxDrop ?? 100) points on \(validation ?? ""); nothing is written"
      )
    }
    return (result.model, result.effect)
  }

  /// The images that the operands name.
  private func namedImages() throws(Failure) -> [ImageSource] {
    guard pictures.count == 1, pictures[0] != "-", ImageSet.isListed(path: pictures[0]) else {
      let images = try Images(pictures)
      if images.hasUnreadable { throw Failure(.noInput) }
      return images.sources
    }
    return try reporting { try ImageSet(path: pictures[0], for: .training) }.sources
  }
}
