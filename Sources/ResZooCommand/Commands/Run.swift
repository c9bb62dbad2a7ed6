import ArgumentParser
import ResZoo

struct Run: ReplacingCommand {
  static let configuration = CommandConfiguration(
    commandName: "run",
    abstract: "Run a network on an array, without any image code.",
    usage: "reszoo run <model> --input <x.npy> --output <y.npy> [<options>]",
    discussion: """
      The input is a NumPy file of float32, [images, channels, height, width], of any height and width that the network \
      accepts. The output is one of float32, [images, classes]: the logits.

      EXAMPLE
        reszoo run resnet50.rzoo --input x.npy --output logits.npy
      """)

  @Argument(help: "A checkpoint (.rzoo), or the name of one in the cache.", completion: .checkpoint)
  var model: String

  @Option(
    help: ArgumentHelp("File of the images, NCHW.", valueName: "x.npy"),
    completion: .file(extensions: ["npy"]))
  var input: String

  @Option(help: ArgumentHelp("File for the logits.", valueName: "y.npy"), completion: .file())
  var output: String

  @OptionGroup var bases: BaseOptions
  @OptionGroup var signature: SignatureOptions
  @OptionGroup var replacement: ReplacementOptions
  @OptionGroup var messages: MessageOptions
  @OptionGroup var options: RunOptions

  func run() throws {
    options.remarkOnPrecision()
    let bytes = try Operand.bytes(input, limit: Machine.memoryByteCount / 4)
    let images = try reporting(input) { try NPY.decodeFloats(bytes) }
    let dimensions = images.shape.dimensions
    guard dimensions.count == 4 else {
      throw Failure(
        .data, "\(input): its shape is \(images.shape); it must be [images, channels, height, width]")
    }
    let stack = try openStack(model, bases: bases, signature: signature)
    let sink = try Output(path: output, keeping: [model, input] + bases.base, as: .array)
    let network = try loadModel(model, stack, threads: options.threads)
    let logits = try reporting(input) {
      let plan = try InferencePlan(
        network, height: dimensions[2], width: dimensions[3], exact: options.exact,
        precision: options.precision, goal: options.optimize,
        threads: options.threads)
      let session = try InferenceSession(
        plan: plan, capacity: max(1, min(options.batchSize, dimensions[0])), threads: options.threads)
      return try session.logits(for: images)
    }
    try sink.write(NPY.header(type: "<f4", shape: logits.shape.dimensions))
    try sink.write(logits)
    try sink.finish()
  }
}
