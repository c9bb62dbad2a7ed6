import ArgumentParser
import ResZoo

struct Diff: ReplacingCommand {
  static let configuration = CommandConfiguration(
    commandName: "diff",
    abstract: "Save only the tensors that differ from a base: a delta.",
    usage: "reszoo diff <origin> <model> --output <file> [<options>]",
    discussion: """
      A network with a new head on a known backbone becomes kilobytes. The delta has MODEL's metadata and signatures, and those \
      of its tensors that differ from ORIGIN's in any bit. Every command takes it like a complete checkpoint, as long as ORIGIN \
      is found. 'reszoo merge' makes a complete checkpoint of it.

      EXAMPLE
        reszoo diff resnet50.rzoo birds.rzoo --output birds-delta.rzoo
      """)

  @Argument(help: "The base, which the delta will need (.rzoo).", completion: .checkpoint)
  var origin: String

  @Argument(help: "The checkpoint to save (.rzoo).", completion: .checkpoint)
  var model: String

  @Option(help: ArgumentHelp("File for the delta.", valueName: "file"), completion: .file())
  var output: String

  @OptionGroup var bases: BaseOptions
  @OptionGroup var replacement: ReplacementOptions
  @OptionGroup var messages: MessageOptions

  func run() throws {
    let from = try openStack(origin, bases: bases)
    let stack = try openStack(model, bases: bases)
    try Operand.keep([origin, model] + bases.base, from: output)
    let summary = try reporting(model, output: output) { try stack.writeDelta(from: from, to: output) }
    Terminal.note(
      """
      \(output): \(summary.tensorCount.grouped) of \(stack.tensors.count.counted("tensor")), \
      \(Int(summary.fileByteCount).grouped) bytes; \(summary.tensorCount == stack.tensors.count ? "its base is" : "the others are those of") \
      \(origin), content root \
      \(from.index.contentRootHex)
      """)
    let records = [stack, from].map { try? $0.index.modelDescriptor().architecture.quantization }
    if let difference = Quantization.difference(
      of: records[0] ?? nil, named: model, from: records[1] ?? nil, named: origin)
    {
      Terminal.note(difference)
    }
    if summary.tensorCount == stack.tensors.count {
      Terminal.warn(
        "\(output): shares no tensor with \(origin), which it needs all the same; a copy of \(model) is no larger and needs nothing"
      )
    }
  }
}

struct Merge: ReplacingCommand {
  static let configuration = CommandConfiguration(
    commandName: "merge",
    abstract: "Make a complete checkpoint of a delta and its base.",
    usage: "reszoo merge <file> --output <file> [--base <file> ...]",
    discussion: """
      EXAMPLE
        reszoo merge birds-delta.rzoo --base resnet50.rzoo --output birds.rzoo
      """)

  @Argument(help: "A delta (.rzoo).", completion: .checkpoint)
  var file: String

  @Option(help: ArgumentHelp("File for the checkpoint.", valueName: "file"), completion: .file())
  var output: String

  @OptionGroup var bases: BaseOptions
  @OptionGroup var replacement: ReplacementOptions
  @OptionGroup var messages: MessageOptions

  func run() throws {
    let stack = try openStack(file, bases: bases, use: .announced)
    guard stack.index.isDelta else {
      throw Failure(.data, "\(file): is complete already; there is nothing to merge")
    }
    try Operand.keep([file] + bases.base, from: output)
    let summary = try reporting(file, output: output) { try stack.writeComplete(to: output) }
    Terminal.note(
      """
      \(output): \(summary.tensorCount.counted("tensor")), \(Int(summary.fileByteCount).grouped) bytes; base: \
      \(stack.layers.dropFirst().map(\.path).joined(separator: ", "))
      """)
  }
}
