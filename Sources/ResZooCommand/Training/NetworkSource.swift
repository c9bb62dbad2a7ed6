import ArgumentParser
import ResZoo

/// The options that name the network of `train` and `lr-find`.
struct NetworkSource: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Named architecture, untrained; 'reszoo architectures' lists them (default: none).", valueName: "name"),
    completion: .architecture)
  var arch: String?

  @Option(
    help: ArgumentHelp("Architecture as JSON, untrained (default: none).", valueName: "file.json"),
    completion: .file(extensions: ["json"]))
  var descriptor: String?

  @Option(
    help: ArgumentHelp(
      "Checkpoint to start from; lr-find gives it a new head for other classes (default: none).",
      valueName: "file"), completion: .checkpoint)
  var from: String?

  @Option(
    name: .customLong("init"),
    help: ArgumentHelp(
      "Random numbers of an untrained network's convolutions: He's normal, or Glorot's uniform distribution (default: kaiming).",
      valueName: "kaiming|xavier"))
  var initialization: Model.Initialization?

  @OptionGroup var bases: BaseOptions
  @OptionGroup var signature: SignatureOptions

  func validate() throws {
    guard [arch, descriptor, from].compactMap(\.self).count == 1 else {
      throw ValidationError(
        "Name the network by one of --arch NAME, --descriptor FILE.json and --from FILE.")
    }
    guard from == nil || initialization == nil else {
      throw ValidationError("--init is for --arch and --descriptor; a checkpoint has its weights.")
    }
    guard from != nil || bases.base.isEmpty else { throw ValidationError("--base is for --from.") }
    guard from != nil || signature.publicKey == nil else {
      throw ValidationError("--public-key is for --from.")
    }
  }

  /// The files that it is read from.
  var files: [String] { [descriptor, from, signature.publicKey].compactMap(\.self) + bases.base }
}
