import ArgumentParser

/// The option to replace a checkpoint, weights of another program, or an image, which no command does without it.
struct ReplacementOptions: ParsableArguments {
  @Flag(help: "Replace an output that holds a checkpoint, other weights, or an image.")
  var force = false
}

/// A command that writes files.
protocol ReplacingCommand: TalkingCommand {
  var replacement: ReplacementOptions { get }
}
