import ArgumentParser
import ResZoo

struct Features: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Write what layers inside a network make of images.",
    discussion: """
      PATH is the name of a node ('reszoo inspect MODEL --graph' lists them), of a block, such as layer3.5, or of a stage,
      such as layer3: the output of its last node. Without one it is the embedding: one vector for each image, pooled,
      before the head. Nothing behind the node is computed.

      --output writes, to a file or with '-' to standard output, a NumPy file of float32: [images, channels, height,
      width], or [images, channels] for the embedding, with --pool, and for the head's linear layers. An image that
      cannot be read has NaN in its place; the exit code is then 1.

      --sheet draws the channels of one image as a grid, channel 0 at the upper left, then row by row: black is the
      smallest number and white the largest, of each channel or, with '--scale all', of all channels. Small maps are
      magnified up to eight times. Grey lines part the maps.

      --statistics measures nodes over all images, every one unless some are named: mean, standard deviation, share of
      zeros, smallest and largest number. --plot draws them in the order of the nodes, with a mark where a stage begins.

      EXAMPLE
        reszoo features resnet50.rzoo photos/ --output embeddings.npy
        reszoo features resnet50.rzoo cat.jpg --node layer1.0.relu --sheet maps.png
        reszoo features resnet50.rzoo photos/ --statistics --plot nodes.svg
      """)

  @Argument(help: "A checkpoint (.rzoo), or the name of one in the cache.")
  var model: String

  @Argument(help: "Images, folders, or '-' for paths on standard input.")
  var inputs: [String]

  @Option(help: ArgumentHelp("The layer; with --statistics there may be several.", valueName: "path"))
  var node: [String] = []

  @Flag(help: "Give each channel's mean over height and width.")
  var pool = false

  @Option(help: ArgumentHelp("Where the array goes.", valueName: "f.npy"))
  var output: String?

  @Option(help: ArgumentHelp("Where the image of the maps goes.", valueName: "maps.png"))
  var sheet: String?

  @Option(help: "With --sheet: what black and white stand for; by channel by default.")
  var scale: Scale?

  @Flag(help: "Print statistics of nodes.")
  var statistics = false

  @Option(help: "With --statistics: how to print them; as text by default.")
  var format: Format?

  @Option(help: ArgumentHelp("With --statistics: where a plot of them goes.", valueName: "nodes.svg"))
  var plot: String?

  @OptionGroup var exif: ExifOptions
  @OptionGroup var bases: BaseOptions
  @OptionGroup var options: RunOptions

  enum Scale: String, ExpressibleByArgument, CaseIterable {
    case channel
    case all
  }

  enum Format: String, ExpressibleByArgument, CaseIterable {
    case text
    case json
  }

  func validate() throws {
    guard output != nil || sheet != nil || statistics else {
      throw ValidationError("Say what is wanted: --output, --sheet or --statistics.")
    }
    guard statistics || (format == nil && plot == nil) else {
      throw ValidationError("--format and --plot are for --statistics.")
    }
    guard !statistics || (output == nil && sheet == nil && !pool) else {
      throw ValidationError("--statistics stands alone, without --output, --sheet and --pool.")
    }
    guard plot != "-" else { throw ValidationError("--plot needs a file: standard output gets the table.") }
    guard !statistics || options.batch == nil else {
      throw ValidationError("--batch is not for --statistics, which takes images one by one.")
    }
    guard sheet != nil || scale == nil else { throw ValidationError("--scale is for --sheet.") }
    guard statistics || node.count < 2 else {
      throw ValidationError("There are \(node.count) nodes; only --statistics takes more than one.")
    }
    guard sheet == nil || sheet != output else {
      throw ValidationError("--sheet and --output must be different files.")
    }
    guard sheet == nil || output != nil || inputs.count < 2 else {
      throw ValidationError("--sheet shows one image, and there are \(inputs.count).")
    }
  }

  func run() throws {
    let images = try Images(inputs)
    let failed: Int
    do {
      failed = try statistics ? measure(images.paths) : extract(images.paths)
    } catch let error as ClassificationError {
      throw Failure(error, path: model)
    } catch let error as FeatureError {
      throw Failure(error, path: model)
    }
    if failed > 0 {
      let total = images.paths.count
      throw Failure(.partial, total > 1 ? "\(failed) of \(total) images could not be read" : nil)
    }
    if images.hasUnreadableFolders { throw Failure(.partial) }
  }

  /// Writes the features of each image, and the sheet of the first one that can be read.
  ///
  /// - Returns: how many images could not be read.
  private func extract(_ paths: [String]) throws -> Int {
    guard output != nil || paths.count == 1 else {
      throw Failure(.usage, "--sheet shows one image, and there are \(paths.count)")
    }
    let extractor = try extractor()
    let array = try output.map { path throws(Failure) in try Output(path: path, keeping: [model] + paths) }
    let drawing = try sheet.map { path throws(Failure) in try Output(path: path, keeping: [model] + paths) }
    try array?.write(NPY.header(type: "<f4", shape: [paths.count] + extractor.shape))
    let count = extractor.shape.reduce(1, *)
    let missing = Tensor(shape: Shape([count]), floats: Array(repeating: .nan, count: count))
    var counter = ImageCounter(total: paths.count)
    var isDrawn = false
    try extractor.features(files: paths) { result in
      counter.count(result.input, result.outcome.map { _ in result.image })
      let features = try? result.outcome.get()
      try array?.write(features ?? missing)
      guard let drawing, !isDrawn, let features else { return }
      try drawing.write(image(of: features))
      try drawing.finish()
      isDrawn = true
    }
    counter.end()
    try array?.finish()
    return counter.failed
  }

  /// Opens the checkpoint; the unpacked weights are gone when it returns.
  private func extractor() throws -> FeatureExtractor {
    try FeatureExtractor(
      loadModel(model, bases: bases, threads: options.threads), node: node.first, pools: pool,
      options: options.classifierOptions(ignoringExif: exif.ignoreExif))
  }

  /// The sheet of one image's maps, as a PNG file.
  private func image(of maps: Tensor) throws(Failure) -> [UInt8] {
    do {
      return try ContactSheet(maps, scale: scale == .all ? .all : .channel).png()
    } catch {
      throw Failure(.data, "\(sheet ?? ""): \(error.message)")
    }
  }
}
