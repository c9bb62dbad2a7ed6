import ArgumentParser

/// The option to replace a checkpoint, which no command does without it.
struct ReplacementOptions: ParsableArguments {
  @Flag(help: "Replace an output that holds a checkpoint.")
  var force = false
}

/// A command that writes files.
protocol ReplacingCommand: TalkingCommand {
  var replacement: ReplacementOptions { get }
}
