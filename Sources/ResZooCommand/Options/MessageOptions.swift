import ArgumentParser

/// The options that every command has for what it says beside its results.
struct MessageOptions: ParsableArguments {
  @Flag(help: "Print nothing but results and errors.")
  var quiet = false

  @Flag(help: "Print the parts of the work and the time that each took.")
  var verbose = false

  var talk: Talk { quiet ? .quiet : verbose ? .verbose : .normal }

  func validate() throws {
    guard !(quiet && verbose) else { throw ValidationError("--quiet and --verbose exclude each other.") }
  }
}

/// A command that may say something beside its results.
protocol TalkingCommand: ParsableCommand {
  var messages: MessageOptions { get }
}
