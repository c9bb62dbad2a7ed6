import ArgumentParser
import Messages
import ResZoo

/// The options for files of settings.
struct ConfigArguments: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      """
      Settings as JSON, {"lr": 0.01, "no-augment": true, …}, or a finished training to repeat: its report.json or its \
      checkpoint. Options of the command line win (default: none).
      """, valueName: "file"), completion: .file())
  var config: String?

  @Option(
    help: ArgumentHelp(
      "File for the given settings, which --config takes (default: none).", valueName: "file.json"),
    completion: .file())
  var saveConfig: String?

  /// Writes the settings of this command line, those of its file among them.
  ///
  /// - Parameter inputs: the files that the command reads, which it must not replace.
  func save(keeping inputs: [String]) throws(Failure) {
    guard let saveConfig else { return }
    guard var settings = try ConfigExpansion(Array(CommandLine.arguments.dropFirst()))?.settings else {
      return
    }
    for name in ["config", "save-config", "resume", "restart", "force", "quiet", "verbose"] {
      settings.values[name] = nil
    }
    let output = try Output(path: saveConfig, keeping: inputs, as: .settings)
    try output.write(settings.json())
    try output.finish()
  }

  /// Says how a recipe differs from that of the file, if that has one.
  func compare(_ recipe: [String: String]) throws(Failure) {
    guard let config, let other = try ConfigFile(path: config).recipe else { return }
    let names = Set(recipe.keys).union(other.keys).filter { name in
      // Files of earlier versions have no record of their data.
      recipe[name] != other[name] && !(Settings.recordNames.contains(name) && other["dataset"] == nil)
    }
    guard !names.isEmpty else {
      Terminal.note("repeats the training of \(config)")
      return
    }
    let differences = names.sorted().map { name in
      "\(name) is \(recipe[name] ?? "not given"), there \(other[name] ?? "not given")"
    }
    Terminal.note("differs from the training of \(config): \(differences.joined(separator: "; "))")
  }
}
