import ArgumentParser
import ResZoo

struct Diff: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Store only what a checkpoint has and another has not: a delta.",
    discussion: """
      A network with a new head on a known backbone becomes kilobytes. The delta has all that MODEL says of itself, and
      its signatures; its tensors are MODEL's where they differ from BASE's in any bit. Every command takes it like a whole
      checkpoint, as long as it finds BASE. 'reszoo merge' makes a whole one of it.

      EXAMPLE
        reszoo diff resnet50.rzoo birds.rzoo --output birds-delta.rzoo
      """)

  @Argument(help: "The checkpoint that the delta will need (.rzoo).")
  var origin: String

  @Argument(help: "The checkpoint that the delta is to be of (.rzoo).")
  var model: String

  @Option(help: ArgumentHelp("Where the delta goes.", valueName: "file"))
  var output: String

  @OptionGroup var bases: BaseOptions

  func run() throws {
    try Operand.keep([origin, model] + bases.base, from: output)
    let from = try openStack(origin, bases: bases)
    let stack = try openStack(model, bases: bases)
    let summary: CheckpointSummary
    do {
      summary = try stack.writeDelta(from: from, to: output)
    } catch {
      throw Failure(error, input: model, output: output)
    }
    Terminal.error(
      "reszoo: \(output): \(summary.tensorCount.grouped) of \(stack.tensors.count.grouped) tensors, "
        + "\(Int(summary.fileByteCount).grouped) bytes; the others are those of \(origin), content root "
        + from.index.contentRootHex)
  }
}

struct Merge: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Make a whole checkpoint of a delta and its base.",
    discussion: """
      EXAMPLE
        reszoo merge birds-delta.rzoo --base resnet50.rzoo --output birds.rzoo
      """)

  @Argument(help: "A delta (.rzoo).")
  var file: String

  @Option(help: ArgumentHelp("Where the checkpoint goes.", valueName: "file"))
  var output: String

  @OptionGroup var bases: BaseOptions

  func run() throws {
    try Operand.keep([file] + bases.base, from: output)
    let stack = try openStack(file, bases: bases)
    guard stack.index.isDelta else {
      throw Failure(.data, "\(file): is whole already: there is nothing to merge")
    }
    try Operand.keep(stack.layers.map(\.path), from: output)
    let summary: CheckpointSummary
    do {
      summary = try stack.writeComplete(to: output)
    } catch {
      throw Failure(error, input: file, output: output)
    }
    Terminal.error(
      "reszoo: \(output): \(summary.tensorCount.grouped) tensors, \(Int(summary.fileByteCount).grouped) bytes; base: "
        + stack.layers.dropFirst().map(\.path).joined(separator: ", "))
  }
}
