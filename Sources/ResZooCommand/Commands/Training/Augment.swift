import ArgumentParser
import Charts
import Files
import ResZoo

struct Augment: ReplacingCommand {
  static let configuration = CommandConfiguration(
    commandName: "augment",
    abstract: "Draw images as a training changes them.",
    usage: "reszoo augment <inputs> ... --output <sheet.png> [<options>]",
    discussion: """
      Each row of the sheet has an image as the network sees it, and then its versions in the epochs 1, 2, … of a training with the same \
      seed. Of a data set the rows are the first images of its classes, in the versions that a training on it makes.

      EXAMPLE
        reszoo augment photos/ --from resnet50.rzoo --output sheet.png \\
          --augment imagenet,randaugment,erasing=0.25
      """)

  @Argument(help: "A data set, or images, folders, or '-' for paths on standard input.")
  var inputs: [String]

  @OptionGroup(title: "Network") var network: NetworkSource

  @Option(help: ArgumentHelp("File for the sheet.", valueName: "sheet.png"))
  var output: String

  @Option(
    help: ArgumentHelp(
      "Random changes of the images: \(Augmentation.grammar) (default: that of train, or with --from that of finetune).",
      valueName: "imagenet,trivial"))
  var augment: String?

  @Option(parsing: .unconditional, help: ArgumentHelp("Versions of each image.", valueName: "n"))
  var variants = 7

  @Option(parsing: .unconditional, help: ArgumentHelp("Most images.", valueName: "n"))
  var rows = 8

  @Option(parsing: .unconditional, help: ArgumentHelp("Seed of the random numbers.", valueName: "n"))
  var seed: UInt64 = 0

  @OptionGroup var exif: ExifOptions
  @OptionGroup var replacement: ReplacementOptions
  @OptionGroup var messages: MessageOptions

  func validate() throws {
    for (name, number) in [("--variants", variants), ("--rows", rows)] where !(1...64).contains(number) {
      throw ValidationError("\(name) is \(number); it must be from 1 to 64.")
    }
  }

  func run() throws {
    let (set, chosen) = try images()
    let (preprocessing, usual) = try record()
    let changes = try augment.map { text throws(Failure) in
      do {
        return try Augmentation(text)
      } catch {
        throw Failure(.usage, "--augment: \(error)")
      }
    }
    let preview = try reporting {
      try AugmentationPreview(
        set, preprocessing: preprocessing, augmentation: changes ?? usual, seed: seed)
    }
    let sink = try Output(path: output, keeping: network.files + inputs + set.sources.map(\.path), as: .png)
    Terminal.note("changes: \(changes ?? usual)")
    let png = try reporting {
      let sheet = try self.sheet(preview, chosen, preprocessing)
      return try encodePNG(sheet.pixels, width: sheet.width, height: sheet.height, channels: 3)
    }
    try sink.write(png)
    try sink.finish()
  }

  /// The images and the positions of those that are drawn.
  private func images() throws(Failure) -> (set: ImageSet, chosen: [Int]) {
    if let set = try dataset() {
      var seen = [Int](repeating: 0, count: set.labels.count)
      let each = max(1, rows / max(1, set.countOfLabel.count { $0 > 0 }))
      let chosen = set.sources.indices.filter { index in
        seen[set.labelOfSource[index]] += 1
        return seen[set.labelOfSource[index]] <= each
      }
      return (set, Array(chosen.prefix(rows)))
    }
    let sources = try Images(inputs).sources
    let set = ImageSet(
      sources: sources, labels: ["image"], labelOfSource: Array(repeating: 0, count: sources.count))
    return (set, Array(sources.indices.prefix(rows)))
  }

  /// The input as a data set; nil where it is images.
  private func dataset() throws(Failure) -> ImageSet? {
    guard inputs.count == 1, inputs[0] != "-" else { return nil }
    do {
      return try ImageSet(path: inputs[0])
    } catch {
      // A folder may hold images without classes, and a file may be one.
      guard !isFolder(inputs[0]),
        !imageExtensions.contains(inputs[0].lowercased().split(separator: ".").last.map(String.init) ?? "")
      else {
        return nil
      }
      throw Failure(error)
    }
  }

  /// The descriptor of a checkpoint. With a key or bases it is verified, or complete, as for a command that takes its weights.
  private func descriptor(of path: String) throws(Failure) -> ModelDescriptor {
    guard network.signature.publicKey != nil || !network.bases.base.isEmpty else {
      return try loadDescriptor(path)
    }
    let stack = try openStack(path, bases: network.bases, signature: network.signature, use: .index)
    return try reporting(path) { try stack.index.modelDescriptor() }
  }

  /// The network's preprocessing, and the usual changes of its images.
  private func record() throws(Failure) -> (Preprocessing, Augmentation) {
    var preprocessing: Preprocessing
    if let from = network.from {
      preprocessing = try descriptor(of: from).preprocessing
    } else {
      let choice = ArchitectureChoice(arch: network.arch, descriptor: network.descriptor)
      guard let architecture = try choice.resolve() else {
        throw Failure(.usage, "no architecture was named")
      }
      preprocessing = Preprocessing.usual(for: architecture).record
    }
    if exif.ignoreExif { preprocessing.exif = .ignore }
    return (
      preprocessing, network.from == nil ? .scratch(for: preprocessing) : .finetuning(for: preprocessing)
    )
  }

  /// The most pixels of a sheet.
  private static let pixelLimit = 1 << 27

  private func sheet(
    _ preview: AugmentationPreview, _ chosen: [Int], _ preprocessing: Preprocessing
  ) throws -> PixelSheet {
    let (channels, height, width) = (
      preprocessing.inputSize[0], preprocessing.inputSize[1], preprocessing.inputSize[2]
    )
    let (factor, gap) = (max(1, 96 / max(height, width)), 4)
    let (cellWidth, cellHeight) = (width * factor + gap, height * factor + gap)
    let (sheetWidth, sheetHeight) = (
      cellWidth * (variants + 1) + 2 * gap, cellHeight * chosen.count + gap
    )
    guard sheetWidth * sheetHeight <= Self.pixelLimit else {
      throw Failure(
        .usage,
        "a sheet of \(sheetWidth)×\(sheetHeight) pixels would be too large; lower --rows or --variants")
    }
    var sheet = PixelSheet(width: sheetWidth, height: sheetHeight)
    for (row, index) in chosen.enumerated() {
      for column in 0...variants {
        let pixels = try preview.pixels(of: index, epoch: column == 0 ? nil : column)
        var cell: [UInt8] = []
        cell.reserveCapacity(3 * width * height * factor * factor)
        for y in 0..<height * factor {
          for x in 0..<width * factor {
            let place = (y / factor * width + x / factor) * channels
            for channel in 0..<3 { cell.append(pixels[place + min(channel, channels - 1)]) }
          }
        }
        // The image itself stands apart.
        sheet.place(
          cell, width: width * factor, height: height * factor,
          x: gap + column * cellWidth + (column > 0 ? gap : 0), y: gap + row * cellHeight)
      }
    }
    return sheet
  }
}
