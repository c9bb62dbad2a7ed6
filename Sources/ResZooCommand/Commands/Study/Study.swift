import ArgumentParser
import Files
import ResZoo

/// The experiments that show why residual networks work.
struct Study: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "study",
    abstract: "Experiments that show why residual networks work, with figures.",
    usage: "reszoo study <study> … --output <folder>",
    discussion: """
      Each study writes a folder with one page, index.html, which needs no other file, and all numbers, study.json.

      EXAMPLE
        reszoo study gradients --output gradients
      """,
    subcommands: [Degradation.self, Shortcuts.self, Gradients.self, Activations.self, Lesions.self])
}

/// The options that every study has.
struct StudyArguments: ParsableArguments {
  @Option(
    help: ArgumentHelp("Folder for the page and the numbers.", valueName: "folder"), completion: .directory)
  var output: String

  @Option(
    parsing: .unconditional, help: ArgumentHelp("Threads to use, 0 for all processors.", valueName: "n"))
  var threads = 0

  func validate() throws {
    guard (0...256).contains(threads) else {
      throw ValidationError("--threads is \(threads); it must be from 0 to 256.")
    }
  }

  /// Refuses a report in whose place one of the inputs lies.
  ///
  /// - Parameter inputs: the files that the study reads.
  func keep(_ inputs: [String]) throws(Failure) {
    let places = ["index.html", StudyReport.numbers].compactMap { FileIdentity(path: output + "/" + $0) }
    guard !places.isEmpty else { return }
    let input = inputs.first { input in FileIdentity(path: input).map { places.contains($0) } ?? false }
    if let input { throw Failure(output: output, wouldReplace: input) }
  }

  /// What the page says of the command.
  var facts: StudyFacts {
    StudyFacts(command: ["reszoo"] + CommandLine.arguments.dropFirst(), threads: threads)
  }
}
