import ArgumentParser
import ResZoo

struct Run: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Run a network on an array, without any image code.",
    discussion: """
      The input is a NumPy file of float32, [images, channels, height, width], of any height and width that the network
      takes; the output is one of float32, [images, classes], the logits.

      EXAMPLE
        reszoo run resnet50.rzoo --input x.npy --output logits.npy
      """)

  @Argument(help: "A checkpoint (.rzoo), or the name of one in the cache.")
  var model: String

  @Option(help: ArgumentHelp("The images, NCHW.", valueName: "x.npy"))
  var input: String

  @Option(help: ArgumentHelp("Where the logits go.", valueName: "y.npy"))
  var output: String

  @OptionGroup var bases: BaseOptions
  @OptionGroup var options: RunOptions

  func run() throws {
    let sink = try Output(path: output, keeping: [model, input])
    let bytes = try Operand.bytes(input, limit: Machine.memoryByteCount / 4)
    let images: Tensor
    do {
      images = try NPY.decodeFloats(bytes)
    } catch {
      throw Failure(.data, "\(input): \(error)")
    }
    let dimensions = images.shape.dimensions
    guard dimensions.count == 4 else {
      throw Failure(
        .data, "\(input): its shape is \(images.shape); it must be [images, channels, height, width]")
    }
    let network = try loadModel(model, bases: bases, threads: options.threads)
    let logits: Tensor
    do {
      let plan = try InferencePlan(
        network, height: dimensions[2], width: dimensions[3], exact: options.exact, goal: options.goal,
        threads: options.threads)
      let session = try InferenceSession(
        plan: plan, capacity: max(1, min(options.batchSize, dimensions[0])), threads: options.threads)
      logits = try session.logits(for: images)
    } catch {
      throw Failure(error, path: input)
    }
    try sink.write(NPY.header(type: "<f4", shape: logits.shape.dimensions))
    try sink.write(logits)
    try sink.finish()
  }
}
