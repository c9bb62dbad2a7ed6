import ArgumentParser
import ResZoo

struct Preprocess: ReplacingCommand {
  static let configuration = CommandConfiguration(
    commandName: "preprocess",
    abstract: "Write the input that a network gets from images.",
    usage: "reszoo preprocess <model> <inputs> ... --output <x.npy> [<options>]",
    discussion: """
      With '--stage pixels' it is a NumPy file of uint8, [images, height, width, channels], after decoding, resizing and \
      cropping. With '--stage tensor' it is one of float32, [images, channels, height, width], normalised, which 'reszoo run' \
      takes. An image that cannot be read ends the command, and nothing is written.

      EXAMPLE
        reszoo preprocess resnet50.rzoo cat.jpg dog.png --output x.npy
      """)

  @Argument(help: "A checkpoint (.rzoo), or the name of one in the cache.", completion: .checkpoint)
  var model: String

  @Argument(help: "Images, folders, or '-' for paths on standard input.", completion: .file())
  var inputs: [String]

  @Option(help: ArgumentHelp("File for the array.", valueName: "x.npy"), completion: .file())
  var output: String

  @Option(help: "The last step: the cropped pixels, or the normalised tensor.")
  var stage = Stage.tensor

  @OptionGroup var exif: ExifOptions
  @OptionGroup var replacement: ReplacementOptions
  @OptionGroup var messages: MessageOptions

  enum Stage: String, ExpressibleByArgument, CaseIterable {
    case pixels
    case tensor
  }

  func run() throws {
    try Operand.requireModelFirst(model, inputs, "preprocess")
    let images = try Images(inputs)
    if images.hasUnreadable { throw Failure(.noInput) }
    let sources = images.sources
    var record = try loadDescriptor(model).preprocessing
    if exif.ignoreExif { record.exif = .ignore }
    let (channels, height, width) = (record.inputSize[0], record.inputSize[1], record.inputSize[2])
    let preprocessor = try reporting(model) { [record] in try Preprocessor(record) }
    let sink = try Output(path: output, keeping: [model] + images.paths, as: .array)
    let progress = Progress(total: sources.count, unit: "images")
    switch stage {
    case .pixels:
      try sink.write(NPY.header(type: "|u1", shape: [sources.count, height, width, channels]))
    case .tensor:
      try sink.write(NPY.header(type: "<f4", shape: [sources.count, channels, height, width]))
    }
    for (index, source) in sources.enumerated() {
      switch stage {
      case .pixels: try sink.write(pixels(of: source, preprocessor))
      case .tensor: try sink.write(tensor(of: source, preprocessor))
      }
      progress.update(index + 1)
    }
    progress.end()
    try sink.finish()
  }

  private func pixels(of source: ImageSource, _ preprocessor: Preprocessor) throws(Failure) -> [UInt8] {
    try reporting(source.path) {
      guard case .data(_, let bytes) = source else {
        return try preprocessor.preparePixels(atPath: source.path).pixels
      }
      return try preprocessor.preparePixels(bytes).pixels
    }
  }

  /// One image's input as [channels, height, width].
  private func tensor(of source: ImageSource, _ preprocessor: Preprocessor) throws(Failure) -> Tensor {
    let (channels, pixels) = (preprocessor.channels, preprocessor.height * preprocessor.width)
    var interleaved = AlignedBuffer(floatCount: preprocessor.elementCount, uninitialized: true)
    var floats = interleaved.mutableFloats
    do {
      if case .data(_, let bytes) = source {
        _ = try preprocessor.prepareTensor(bytes, into: &floats)
      } else {
        _ = try preprocessor.prepareTensor(atPath: source.path, into: &floats)
      }
    } catch {
      throw Failure(error, input: source.path)
    }
    var planar = AlignedBuffer(floatCount: preprocessor.elementCount, uninitialized: true)
    var target = planar.mutableFloats
    for channel in 0..<channels {
      for pixel in 0..<pixels { target[channel * pixels + pixel] = floats[pixel * channels + channel] }
    }
    return Tensor(
      shape: [channels, preprocessor.height, preprocessor.width], elementType: .float32, buffer: planar)
  }
}
