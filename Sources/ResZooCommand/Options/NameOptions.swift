import ArgumentParser
import ResZoo

/// The options by which names of other programs' tensors are read another way.
struct NameOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Beginning of the names of the network's tensors (default: searched for).", valueName: "path"))
  var prefix: String?

  @Option(
    help: ArgumentHelp(
      "Read OLD in tensors' names as NEW; 'OLD=' leaves them out; may be repeated (default: as they are).",
      valueName: "old=new"))
  var rename: [Renaming] = []
}
