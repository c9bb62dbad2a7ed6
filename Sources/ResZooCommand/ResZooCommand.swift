import ArgumentParser
import Files
import ResZoo

/// `reszoo`, the command line.
@main
struct ResZooCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "reszoo",
    abstract: "Residual networks without Python: classify images, convert and inspect weights.",
    discussion: """
      EXAMPLE
        reszoo classify resnet50.rzoo photos/ --top 3

      EXIT CODES
        0   everything was done
        1   done, but some images or files failed; each has its own error
        64  the command line is wrong
        65  a file is damaged, of another kind, or contradicts itself
        66  a file or folder cannot be read
        69  a server cannot be reached, or refuses a file; a library is missing
        70  a network does not fit this machine's memory
        73  an output file cannot be created
        74  writing failed, for example because the disk is full
      """,
    version: "reszoo \(libraryVersion), checkpoint format \(CheckpointIndex.newestVersion)",
    // Each has a commandName: to derive it from the type would take a third of the time of a start.
    subcommands: [
      Classify.self, Evaluate.self, Run.self, Features.self, Similar.self, Preprocess.self, Inspect.self,
      Verify.self, Convert.self, Quantize.self,
      Pull.self, Export.self, Init.self, Diff.self, Merge.self, Edit.self, Sign.self, Keygen.self,
      Audit.self, Architectures.self, Bench.self, Train.self, Finetune.self, LRFind.self, Augment.self,
      Study.self,
      CacheCommand.self, Serve.self, Completion.self,
    ])

  static func main() {
    ProcessSetup.prepare()
    var arguments = Array(CommandLine.arguments.dropFirst())
    do {
      try CommandNames.requireUTF8()
      arguments = try ConfigExpansion.expanded(arguments)
      var command = try parseAsRoot(arguments)
      Terminal.talk = (command as? any TalkingCommand)?.messages.talk ?? .normal
      if Terminal.talk == .quiet { StatusLine.close() }
      if (command as? any ReplacingCommand)?.replacement.force != true {
        ProtectedFiles.protect(OutputKind.valuableContent)
      }
      OpenInputs.protect()
      try Terminal.timed("all") { try command.run() }
      StatusLine.close()
    } catch let failure as Failure {
      StatusLine.close()
      failure.report()
      exit(withError: failure.exitCode)
    } catch {
      StatusLine.close()
      // Names are looked at where something went wrong alone: collecting them takes a good part of the start.
      let unknown = CommandNames.unknown(in: arguments)
      guard let failure = unknown ?? CommandNames.failure(error, arguments) else { exit(withError: error) }
      failure.report()
      exit(withError: failure.exitCode)
    }
  }
}
