import ArgumentParser
import ResZoo

struct Similar: ReplacingCommand {
  static let configuration = CommandConfiguration(
    commandName: "similar",
    abstract: "Find the images that are most like others.",
    usage: """
      reszoo similar <model> <images> ... --among <folder|index> [<options>]
      reszoo similar <model> <images> ... --build <index> [<options>]
      """,
    discussion: """
      Images are compared by their embeddings, the pooled vectors before the network's head: the similarity is the cosine of the \
      angle between two, from 1 for the same direction to -1. The answer is exact, and does not depend on the number of threads. An \
      image that is itself among those that are searched is found too.

      --build computes the embeddings of the images once and writes them to a file, in which a million are searched in a \
      fraction of a second. An index serves the network that it was built with, and no other.

      This needs the library OpenBLAS (in Debian and Ubuntu the package libopenblas0).

      EXAMPLE
        reszoo similar resnet50.rzoo cat.jpg --among photos/ --top 3
        reszoo similar resnet50.rzoo photos/ --build photos.rzindex
        reszoo similar resnet50.rzoo cat.jpg --among photos.rzindex
      """)

  @Argument(help: "A checkpoint (.rzoo), or the name of one in the cache.", completion: .checkpoint)
  var model: String

  @Argument(
    help: "Images to find others for, or of the index: files, folders, or '-'.", completion: .file())
  var images: [String]

  @Option(
    help: ArgumentHelp("Folder of images, or index, to search (default: none).", valueName: "folder|index"),
    completion: .file())
  var among: String?

  @Option(
    help: ArgumentHelp("File for an index of the images (default: none).", valueName: "index"),
    completion: .file())
  var build: String?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Similar images to list for each image (default: 5).", valueName: "n"))
  var top: Int?

  @Option(help: "Form of the results; of --build text or json (default: as --output ends, else text).")
  var format: ResultFormat?

  @Option(
    help: ArgumentHelp("File for the results (default: standard output).", valueName: "file"),
    completion: .file())
  var output: String?

  @OptionGroup var table: CSVOptions
  @OptionGroup var exif: ExifOptions
  @OptionGroup var replacement: ReplacementOptions
  @OptionGroup var messages: MessageOptions
  @OptionGroup var bases: BaseOptions
  @OptionGroup var signature: SignatureOptions
  @OptionGroup var options: RunOptions

  /// The form that was asked for, by name or by the ending of the output.
  private var form: ResultFormat { format ?? ResultFormat(ofOutput: output) }

  func validate() throws {
    guard (among == nil) != (build == nil) else {
      throw ValidationError(
        among == nil
          ? "Say what to search with --among, or name an index with --build."
          : "--among and --build exclude each other: build an index, then search it.")
    }
    if let top, top < 1 { throw ValidationError("--top is \(top); it must be at least 1.") }
    guard build == nil || top == nil else {
      throw ValidationError("--top is for a search; --build searches nothing.")
    }
    guard build == nil || form == .text || form == .json else {
      throw ValidationError("--format is \(form.rawValue); of --build there are text and json.")
    }
    guard build == nil || build != output else {
      throw ValidationError("--build and --output must be different files.")
    }
  }

  func run() throws {
    try Operand.requireModelFirst(model, images, "similar")
    if among != nil { try reporting { try EmbeddingTable.requireLibrary() } }
    let given = try Images(images)
    let stack = try openStack(model, bases: bases, signature: signature, pins: true)
    if let build {
      try Operand.keep([model] + given.paths, from: build, as: .index)
      if let output { try Operand.requireDifferent(build, output) }
    }
    let embedder = try prepare(stack)
    let failed: ImageCounts
    if let build {
      failed = try write(build, of: given.sources, embedder)
    } else {
      failed = try search(among ?? "", for: given.sources, embedder)
    }
    if failed.count > 0 { throw Failure(failed.images, of: failed.total) }
    if given.hasUnreadable || failed.hasUnreadable { throw Failure(.partial) }
  }

  /// The network up to its embedding, and the origin of what it gives.
  private struct Embedder {
    let extractor: FeatureExtractor
    let origin: EmbeddingOrigin
  }

  /// The images of a command, and those of them without an embedding.
  private struct ImageCounts {
    var images = FailedImages()
    var total = 0
    var hasUnreadable = false
    var count: Int { images.count }
  }

  /// Prepares the network; the unpacked weights are gone when it returns.
  private func prepare(_ stack: CheckpointStack) throws(Failure) -> Embedder {
    options.remarkOnPrecision()
    let network = try loadModel(model, stack, threads: options.threads)
    if network.descriptor.hasRandomAnswers, network.descriptor.untrained.isEmpty {
      Terminal.warn("\(model): UNTRAINED network: its weights are random, and so are its embeddings")
    }
    return try reporting(model) {
      let extractor = try FeatureExtractor(
        network, options: options.classifierOptions(ignoringExif: exif.ignoreExif))
      return Embedder(
        extractor: extractor, origin: try EmbeddingOrigin(network, extractor, threads: options.threads))
    }
  }

  /// Writes an index, and returns the images that are not in it.
  private func write(
    _ path: String, of sources: [ImageSource], _ embedder: Embedder
  ) throws -> ImageCounts {
    let sink = try Output(path: output, keeping: [model] + sources.map(\.path))
    var counts = ImageCounts()
    let progress = Progress(total: sources.count, unit: "images")
    defer { progress.end() }
    let summary = try reporting(model, output: path) {
      try EmbeddingIndex.build(path, of: sources, by: embedder.extractor, origin: embedder.origin) {
        count($0, in: &counts)
        progress.update(counts.total)
      }
    }
    progress.end()
    let record = IndexRecord(
      index: path, images: summary.count, width: summary.width, bytes: summary.byteCount,
      errors: counts.count)
    try sink.write(form == .json ? JSONText.line(record) + "\n" : record.text)
    try sink.finish()
    return counts
  }

  /// Prints the images that are most like each of some, and returns those that could not be compared.
  private func search(
    _ place: String, for sources: [ImageSource], _ embedder: Embedder
  ) throws -> ImageCounts {
    var counts = ImageCounts()
    var kept = [model, place] + sources.map(\.path)
    let searched = try SearchedImages(place, embedder.origin) { path in
      let images = try Images([path])
      kept += images.sources.map(\.path)
      counts.hasUnreadable = images.hasUnreadable
      return try reporting(model) { try embed(images.sources, embedder, &counts).table }
    }
    let sink = try Output(path: output, keeping: kept)
    let queries = try reporting(model) { try embed(sources, embedder, &counts) }
    let found = try Terminal.timed("\(place): searched") { () throws(Failure) in
      try reporting(place) {
        try searched.nearest(to: queries.table, count: top ?? 5, threads: options.threads)
      }
    }
    let writer = SimilarityWriter(
      format: form, model: model, among: place, images: searched.count, top: min(top ?? 5, searched.count),
      table: table.form)
    try sink.write(writer.header())
    var next = 0
    for (position, source) in sources.enumerated() {
      var row = SimilarityRow(input: source.description)
      if next < found.count, queries.table.positions[next] == position {
        row.nearest = try reporting(place) {
          try found[next].map {
            SimilarityRow.Image(image: try searched.name(of: $0.index), similarity: $0.similarity)
          }
        }
        next += 1
      } else {
        row.error = queries.errors[position]
      }
      try sink.write(writer.row(row, isFirst: position == 0))
    }
    try sink.write(writer.footer())
    try sink.finish()
    return counts
  }

  /// Computes embeddings, and tells of images that have none.
  private func embed(
    _ sources: [ImageSource], _ embedder: Embedder, _ counts: inout ImageCounts
  ) throws -> (table: EmbeddingTable, errors: [Int: String]) {
    var errors: [Int: String] = [:]
    let progress = Progress(total: sources.count, unit: "images")
    defer { progress.end() }
    var done = 0
    let table = try EmbeddingTable(of: sources, by: embedder.extractor) { result in
      if case .failure(let error) = result.outcome { errors[done] = error.message }
      count(result, in: &counts)
      done += 1
      progress.update(done)
    }
    return (table, errors)
  }

  private func count(_ result: FeatureResult, in counts: inout ImageCounts) {
    counts.total += 1
    if let warning = result.image?.warning { Terminal.warn("\(result.input): warning: \(warning)") }
    guard case .failure(let error) = result.outcome else { return }
    counts.images.add(error)
    Terminal.fail("\(result.input): \(error.message)")
  }
}
