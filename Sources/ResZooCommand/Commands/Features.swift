import ArgumentParser
import ResZoo

struct Features: ReplacingCommand {
  static let configuration = CommandConfiguration(
    commandName: "features",
    abstract: "Write the features that layers inside a network compute from images.",
    usage: "reszoo features <model> <inputs> ... [<options>]",
    discussion: """
      PATH is the name of a node ('reszoo inspect MODEL --graph' lists them), of a block, such as layer3.5, or of a stage, such \
      as layer3: the output of its last node. Without a path the features are the embedding: one pooled vector for each image, \
      taken before the head. Nothing after the node is computed.

      --output writes, to a file or with '-' to standard output, a NumPy file of float32: [images, channels, height, width], or \
      [images, channels] for the embedding, with --pool, and for the head's linear layers. An image that cannot be read has NaN \
      in its place; the exit code is then 1.

      --sheet draws the channels of one image, of the last maps if no node is named, as a grid, channel 0 at the upper left, then row by row: black is the smallest \
      number and white the largest, of each channel or, with '--scale all', of all channels. Small maps are magnified up to \
      eight times. Grey lines separate the maps.

      --statistics measures all nodes, or those that are named, over all images: mean, standard deviation, share of zeros, \
      smallest and largest number. --plot draws them in the order of the nodes, with a mark where a stage begins.

      EXAMPLE
        reszoo features resnet50.rzoo photos/ --output embeddings.npy
        reszoo features resnet50.rzoo cat.jpg --node layer1.0.relu --sheet maps.png
        reszoo features resnet50.rzoo photos/ --statistics --plot nodes.svg
      """)

  @Argument(help: "A checkpoint (.rzoo), or the name of one in the cache.", completion: .checkpoint)
  var model: String

  @Argument(help: "Images, folders, or '-' for paths or an image on standard input.", completion: .file())
  var inputs: [String]

  @Option(
    help: ArgumentHelp(
      "The layer; with --statistics it may be repeated (default: the embedding; with --statistics: all).",
      valueName: "path"), completion: .node)
  var node: [String] = []

  @Flag(help: "Write the mean of each channel over height and width.")
  var pool = false

  @Option(help: ArgumentHelp("File for the array (default: none).", valueName: "f.npy"), completion: .file())
  var output: String?

  @Option(
    help: ArgumentHelp("File for an image of the maps (default: none).", valueName: "maps.png"),
    completion: .file())
  var sheet: String?

  @Option(help: "With --sheet: the numbers between black and white (default: channel).")
  var scale: ContactSheet.Scale?

  @Flag(help: "Print statistics of nodes.")
  var statistics = false

  @Option(help: "With --statistics: their form (default: text).")
  var format: Format?

  @Option(
    help: ArgumentHelp("With --statistics: file for a plot of them (default: none).", valueName: "nodes.svg"),
    completion: .file())
  var plot: String?

  @OptionGroup var exif: ExifOptions
  @OptionGroup var replacement: ReplacementOptions
  @OptionGroup var messages: MessageOptions
  @OptionGroup var bases: BaseOptions
  @OptionGroup var signature: SignatureOptions
  @OptionGroup var options: RunOptions

  enum Format: String, ExpressibleByArgument, CaseIterable {
    case text
    case json
  }

  func validate() throws {
    guard output != nil || sheet != nil || statistics else {
      throw ValidationError("Name the result: --output, --sheet or --statistics.")
    }
    guard statistics || (format == nil && plot == nil) else {
      throw ValidationError("--format and --plot are for --statistics.")
    }
    guard !statistics || (output == nil && sheet == nil && !pool) else {
      throw ValidationError("--statistics excludes --output, --sheet and --pool.")
    }
    guard plot != "-" else { throw ValidationError("--plot needs a file: standard output gets the table.") }
    guard !statistics || options.batch == nil else {
      throw ValidationError("--batch is not for --statistics, which takes images one by one.")
    }
    guard sheet != nil || scale == nil else { throw ValidationError("--scale is for --sheet.") }
    guard statistics || node.count < 2 else {
      throw ValidationError("There are \(node.count) nodes; only --statistics takes more than one.")
    }
    guard sheet == nil || !pool else {
      throw ValidationError("--pool leaves no maps that --sheet could draw.")
    }
    guard sheet == nil || sheet != output else {
      throw ValidationError("--sheet and --output must be different files.")
    }
    guard sheet == nil || output == nil || !node.isEmpty else {
      throw ValidationError("--sheet and --output together need --node: the embedding has no maps to draw.")
    }
    guard sheet == nil || output != nil || inputs.count < 2 else {
      throw ValidationError("--sheet shows one image, and there are \(inputs.count).")
    }
  }

  func run() throws {
    try Operand.requireModelFirst(model, inputs, "features")
    let images = try Images(inputs)
    let failed = try reporting(model) {
      try statistics ? measure(images.sources) : extract(images.sources)
    }
    if failed > 0 { throw Failure(unreadable: failed, of: images.sources.count) }
    if images.hasUnreadable { throw Failure(.partial) }
  }

  /// Writes the features of each image, and the sheet of the first one that can be read.
  ///
  /// - Returns: the number of images that could not be read.
  private func extract(_ images: [ImageSource]) throws -> Int {
    guard output != nil || images.count == 1 else {
      throw Failure(.usage, "--sheet shows one image, and there are \(images.count)")
    }
    let extractor = try extractor()
    if sheet != nil, node.isEmpty {
      Terminal.note("the sheet shows \(extractor.node), the last maps; --node names others")
    }
    guard sheet == nil || extractor.shape.count == 3 else {
      throw Failure(.usage, "--node \(extractor.node): has one number for each channel, and no maps to draw")
    }
    let paths = images.map(\.path)
    let array = try output.map { path throws(Failure) in
      try Output(path: path, keeping: [model] + paths, as: .array)
    }
    let drawing = try sheet.map { path throws(Failure) in
      try Output(path: path, keeping: [model] + paths, as: .png)
    }
    try array?.write(NPY.header(type: "<f4", shape: [images.count] + extractor.shape))
    let count = extractor.shape.reduce(1, *)
    let missing = Tensor(shape: Shape([count]), floats: Array(repeating: .nan, count: count))
    var counter = ImageCounter(total: images.count)
    var isDrawn = false
    try extractor.features(images: images) { result in
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
    options.remarkOnPrecision()
    let model = try loadModel(model, bases: bases, signature: signature, threads: options.threads)
    return try FeatureExtractor(
      model, node: node.first ?? (sheet == nil ? nil : lastMaps(of: model)), pools: pool,
      options: options.classifierOptions(ignoringExif: exif.ignoreExif))
  }

  /// The node with the last maps of more than one pixel; nil where there is none.
  private func lastMaps(of model: Model) -> String? {
    let table = try? LayerTable(model.graph, height: nil, width: nil)
    return table?.layers.prefix(model.graph.embedding + 1).last { $0.shape.height * $0.shape.width > 1 }?.node
      .name
  }

  /// The sheet of one image's maps, as a PNG file.
  private func image(of maps: Tensor) throws(Failure) -> [UInt8] {
    try reporting(sheet) { try ContactSheet(maps, scale: scale ?? .channel).png() }
  }
}
