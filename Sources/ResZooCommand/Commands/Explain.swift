import ArgumentParser
import Files
import ResZoo

struct Explain: ReplacingCommand {
  static let configuration = CommandConfiguration(
    commandName: "explain",
    abstract: "Show which parts of images a network's answers rest on.",
    usage: "reszoo explain <model> <inputs> ... --output <folder> [<options>]",
    discussion: """
      For each image and class an image is drawn: at the left what the network saw, at the right the same under colours, from no evidence to \
      the most. FOLDER/index.html shows them with what they mean, FOLDER/explain.json has the numbers. The map of cat.jpg is cat.png; of \
      several classes cat.class281.png and so on; an image whose name is taken has a number, 'cat (2).png'. --array adds the map as computed, \
      neither scaled nor cut at 0: cat.npy, float32 [height, width].

      The explained number is the class's output before it becomes a probability. gradcam, hirescam, gradcam++, layercam and eigencam look at \
      a node; eigencam knows no class. classmap divides the score among the places of the last map, exactly, by a forward pass alone. saliency, \
      integrated-gradients and occlusion look at pixels. Sums that must come out are printed.

      EXAMPLE
        reszoo explain resnet50.rzoo cat.jpg --output why
        reszoo explain resnet50.rzoo cat.jpg --class 281,282 --array --output why
        reszoo explain resnet50.rzoo cat.jpg --method layercam \\
          --node layer2 --size 448 --output why
      """)

  @Argument(help: "A checkpoint (.rzoo), or the name of one in the cache.", completion: .checkpoint)
  var model: String

  @Argument(help: "Images, folders, or '-' for paths or an image on standard input.", completion: .file())
  var inputs: [String]

  @Option(
    help: ArgumentHelp("Folder for the page, the images and the numbers.", valueName: "folder"),
    completion: .directory)
  var output: String

  @Option(
    name: .customLong("class"),
    help: ArgumentHelp(
      "Classes to explain, by label or number; 'yes' or 'no' where that is the answer (default: the likeliest).",
      valueName: "label|n,…"))
  var classes: [String] = []

  @Option(
    help: ArgumentHelp(
      "Explain why the class and not this one: the difference of both scores (default: none).",
      valueName: "label|n"))
  var compareClass: String?

  @Option(help: "The way to make maps.")
  var method = ExplanationMethod.gradCAM

  @Option(
    help: ArgumentHelp(
      "The node, block or stage to look at (default: the last with height and width).", valueName: "path"),
    completion: .node)
  var node: String?

  @Flag(help: "Write each map as a NumPy file too.")
  var array = false

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Pixels of the shorter side of the network's input; more of them give finer maps (default: the model's).",
      valueName: "n"))
  var size: Int?

  @Option(help: "The colours from no evidence to the most.")
  var colors = HeatColours.viridis

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "For occlusion: pixels of the side of what is covered (default: an eighth of the shorter side).",
      valueName: "n"))
  var window: Int?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "For occlusion: pixels from one window to the next (default: half a window).", valueName: "n"))
  var stride: Int?

  @Option(
    help:
      "For occlusion and integrated-gradients: the image without content (default: mean for occlusion, else black)."
  )
  var baseline: Explainer.Baseline?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("For integrated-gradients: most derivatives of a map.", valueName: "n"))
  var steps = 512

  @Option(help: "Form of the result on standard output.")
  var format = Format.text

  @Option(parsing: .unconditional, help: ArgumentHelp("Processors to use (default: all).", valueName: "n"))
  var threads: Int = 0

  @OptionGroup var exif: ExifOptions
  @OptionGroup var replacement: ReplacementOptions
  @OptionGroup var messages: MessageOptions
  @OptionGroup var bases: BaseOptions
  @OptionGroup var signature: SignatureOptions

  enum Format: String, ExpressibleByArgument, CaseIterable {
    case text
    case json
  }

  func validate() throws {
    for (name, number, limit) in [
      ("--size", size, 16384), ("--window", window, 16384), ("--stride", stride, 16384),
      ("--steps", steps as Int?, 65536),
    ] {
      // The way of integrated gradients is divided into eight parts at first.
      let least = name == "--steps" ? 8 : 1
      guard let number, !(least...limit).contains(number) else { continue }
      throw ValidationError("\(name) is \(number); it must be from \(least) to \(limit).")
    }
    guard (0...256).contains(threads) else {
      throw ValidationError("--threads is \(threads); it must be from 0 to 256.")
    }
    guard method == .occlusion || (window == nil && stride == nil) else {
      throw ValidationError("--window and --stride are for --method occlusion.")
    }
    guard baseline == nil || method == .occlusion || method == .integratedGradients else {
      throw ValidationError("--baseline is for --method occlusion and integrated-gradients.")
    }
    guard node == nil || method.takesNode else {
      throw ValidationError("--node is for methods that look at a node; \(method.rawValue) does not.")
    }
    guard !method.ignoresClass || (classes.isEmpty && compareClass == nil) else {
      throw ValidationError(
        "--class and --compare-class are not for --method \(method.rawValue), whose map is the same for all.")
    }
  }

  func run() throws {
    let start = ContinuousClock.now
    try Operand.requireModelFirst(model, inputs, "explain")
    let images = try Images(inputs)
    try requireOutside(images.paths)
    let explainer = try explainer()
    let descriptor = explainer.descriptor
    let (answers, other) = try answers(descriptor)
    if explainer.isDequantized {
      Terminal.note(
        "\(model): computes with 8-bit integers; explained is the network of real numbers with its weights")
    }
    if descriptor.hasRandomAnswers {
      Terminal.warn("\(model): the weights, or those of a part, are random, and so are these maps")
    }
    let folder = try reporting(output: output) {
      try ExplanationFolder(
        path: output, explainer: explainer, model: model, images: images.sources, answers: answers,
        colours: colors, hasArrays: array)
    }
    let failed = try explain(images.sources, answers, other, explainer, folder)
    let seconds = (ContinuousClock.now - start) / .seconds(1)
    try reporting(output: output) {
      try folder.finish(
        facts: [
          ("command", (["reszoo"] + CommandLine.arguments.dropFirst()).joined(separator: " ")),
          ("images", "\(images.sources.count)"), ("method", explainer.method.rawValue),
          ("node", explainer.node ?? "none"),
          ("input", explainer.preprocessing.inputSize.dropFirst().map(String.init).joined(separator: "×")),
        ] + settings(explainer) + [("time", "\(seconds.text(decimals: 1)) s")])
    }
    if format == .json {
      let sink = try Output(path: nil)
      try sink.write(JSONText.line(folder.record) + "\n")
      try sink.finish()
    }
    if failed.count > 0 { throw Failure(failed, of: images.sources.count) }
    if images.hasUnreadable { throw Failure(.partial) }
  }

  /// The settings that only some methods have.
  private func settings(_ explainer: Explainer) -> [(name: String, value: String)] {
    var settings: [(name: String, value: String)] = []
    if let windows = explainer.windows {
      settings.append(
        ("window", "\(windows.side)×\(windows.side) pixels, \(windows.stride) from one to the next"))
    }
    if let baseline = explainer.baseline { settings.append(("without content", baseline.rawValue)) }
    return settings
  }

  /// Refuses images that lie in the output, under whatever name: an earlier folder of explanations is replaced with all that is in it.
  private func requireOutside(_ paths: [String]) throws(Failure) {
    let held = Set(
      (FolderListing.entries(of: output) ?? []).compactMap { FileIdentity(path: output + "/" + $0) })
    for path in paths {
      guard let identity = FileIdentity(path: path), held.contains(identity) else { continue }
      throw Failure(
        .usage, "\(path): lies in \(output), which becomes a folder of explanations; name another output")
    }
  }

  /// Opens the checkpoint and prepares the method.
  private func explainer() throws(Failure) -> Explainer {
    let network = try loadModel(model, bases: bases, signature: signature, threads: threads)
    return try Terminal.timed("\(model): network prepared") { () throws(Failure) in
      try reporting(model) {
        try Explainer(
          network,
          options: Explainer.Options(
            method: method, node: node, size: size, window: window, stride: stride, baseline: baseline,
            steps: steps, threads: threads, ignoresExif: exif.ignoreExif))
      }
    }
  }

  /// The answers that are explained, each once, and the class that the likeliest is compared with where there are none.
  private func answers(
    _ descriptor: ModelDescriptor
  ) throws(Failure) -> (answers: [ExplainedAnswer], other: Int?) {
    let other = try compareClass.map { text throws(Failure) in
      try reporting("--compare-class") { try descriptor.comparedClass(named: text) }
    }
    var answers: [ExplainedAnswer] = []
    for text in classes {
      let named = try reporting("--class") { try descriptor.explainedAnswers(named: text) }
      for answer in named {
        guard answer.index != other else {
          throw Failure(.usage, "--compare-class: is the class that is explained; name another one")
        }
        let answer = ExplainedAnswer(answer.index, isNo: answer.isNo, comparedWith: other)
        if !answers.contains(answer) { answers.append(answer) }
      }
    }
    return (answers, other)
  }

  /// Makes all maps and says what they show.
  private func explain(
    _ images: [ImageSource], _ answers: [ExplainedAnswer], _ other: Int?, _ explainer: Explainer,
    _ folder: ExplanationFolder
  ) throws -> FailedImages {
    let sink = try Output(path: nil)
    var failed = FailedImages()
    let progress = Progress(total: images.count, unit: "images")
    for (number, source) in images.enumerated() {
      let outcome: Result<ImageExplanation, ImageError>
      do {
        outcome = .success(try explainer.explain(source, answers, comparedWith: other))
      } catch {
        guard case .image(let fault) = error else { throw Failure(error, input: model) }
        failed.add(fault)
        Terminal.fail("\(source.description): \(fault.message)")
        outcome = .failure(fault)
      }
      try reporting(output: output) { try folder.add(outcome) }
      if case .success(let explanation) = outcome {
        for check in explanation.maps.compactMap(\.check)
        where check.kind == .gain && check.relativeDifference > 0.01 {
          Terminal.warn(
            "\(source.description): the map misses \((100 * check.relativeDifference).text(decimals: 1)) % of the gain after \(check.steps) derivatives; give more --steps"
          )
        }
        if let warning = explanation.image.info.warning {
          Terminal.warn("\(source.description): warning: \(warning)")
        }
        if format == .text {
          for line in ExplanationText.lines(explanation, folder.record.images[number], explainer.descriptor) {
            try sink.writeLine(line)
          }
        }
      }
      progress.update(number + 1)
    }
    progress.end()
    try sink.finish()
    return failed
  }
}
