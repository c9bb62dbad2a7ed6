import ArgumentParser
import Messages
import Platform

/// The names of the commands, and the words that other programs have for them.
enum CommandNames {
  static var all: [String] {
    ResZooCommand.configuration.subcommands.map { $0._commandName } + ["help"]
  }

  /// Refuses arguments that are not UTF-8, and variables that name files: as text they would be other names.
  static func requireUTF8() throws(Failure) {
    for name in ["RESZOO_CACHE", "RESZOO_INDEX", "XDG_CACHE_HOME"] {
      if let value = unsafe getenv(name), unsafe String(validatingCString: value) == nil {
        throw Failure(.usage, "\(name) is not UTF-8; rename what it names")
      }
    }
    for index in 1..<max(1, Int(CommandLine.argc)) {
      guard let argument = unsafe CommandLine.unsafeArgv[index] else { return }
      guard unsafe String(validatingCString: argument) == nil else { continue }
      throw Failure(
        .usage,
        "argument \(index), '\(unsafe String(cString: argument).excerpt)', is not UTF-8; rename what it names"
      )
    }
  }

  /// The failure of a command line whose first argument names no command, which says what may be meant; nil for any other.
  static func unknown(in arguments: [String]) -> Failure? {
    guard let name = arguments.first, !name.hasPrefix("-"), !all.contains(name) else { return nil }
    let advice =
      counterparts[name.lowercased()].map { "; use \($0)" }
      ?? closestNames(to: name, among: all, atMost: 1).first.map { "; did you mean '\($0)'?" } ?? ""
    return Failure(.usage, "there is no command '\(name)'\(advice)\n  see 'reszoo --help'")
  }

  /// The failure of a command line that says too little, too much or something else; nil for a request for help and the like.
  static func failure(_ error: any Error, _ arguments: [String]) -> Failure? {
    guard ResZooCommand.exitCode(for: error) != .success else { return nil }
    var message = ResZooCommand.message(for: error)
    guard !message.isEmpty else { return nil }
    for argument in arguments where argument.utf8.count > 100 {
      let value = argument.hasPrefix("-") ? argument.drop { $0 != "=" }.dropFirst() : argument[...]
      for text in [argument[...], value] where text.utf8.count > 100 {
        message = message.replacing(text, with: text.excerpt)
      }
    }
    // The message quotes the arguments as they are; where one has lines, nobody can tell which lines are the program's.
    let haveLines = arguments.contains { $0.unicodeScalars.contains { $0.isHidden } }
    let remark =
      haveLines
      ? Remark(message) : Remark(lines: message.split(separator: "\n", omittingEmptySubsequences: false))
    let command = (["reszoo"] + path(in: arguments)).joined(separator: " ")
    return Failure(.usage, "\(remark)\n  see '\(command) --help'")
  }

  /// The names at the front of a command line that lead to a command, such as 'study lesions'.
  private static func path(in arguments: [String]) -> [String] {
    var path: [String] = []
    var commands = ResZooCommand.configuration.subcommands
    for argument in arguments {
      guard let command = commands.first(where: { $0._commandName == argument }) else { break }
      path.append(argument)
      commands = command.configuration.subcommands
    }
    return path
  }

  /// The command for a word that it has elsewhere.
  private static let counterparts: [String: String] = {
    let meanings = [
      "'reszoo classify'": ["predict", "infer", "inference", "label", "recognize", "recognise", "detect"],
      "'reszoo evaluate'": [
        "val", "valid", "validate", "validation", "test", "eval", "score", "benchmark-accuracy",
      ],
      "'reszoo train' for a new network, 'reszoo finetune' for a trained one": ["fit", "learn"],
      "'reszoo finetune'": ["fine-tune", "tune", "transfer", "retrain", "adapt"],
      "'reszoo inspect'": ["info", "show", "describe", "summary", "print", "view", "cat"],
      "'reszoo inspect MODEL --graph'": ["graph", "draw", "plot"],
      "'reszoo pull'": ["download", "fetch", "get", "install"],
      "'reszoo architectures' for networks, 'reszoo pull --list' for trained ones": [
        "list", "ls", "models", "zoo",
      ],
      "'reszoo convert'": ["import", "load"],
      "'reszoo convert --dtype i8'": ["quantize", "quantise", "compress"],
      "'reszoo export'": ["save", "to-onnx", "onnx"],
      "'reszoo features'": ["embed", "embeddings", "extract"],
      "'reszoo similar'": ["search", "nearest", "neighbors", "neighbours", "knn", "retrieve", "index"],
      "'reszoo verify'": ["check", "validate-file"],
      "'reszoo init'": ["new", "create", "make"],
      "'reszoo diff'": ["compare", "delta"],
      "'reszoo merge'": ["apply", "patch", "combine"],
      "'reszoo edit'": ["set", "rename", "annotate"],
      "'reszoo bench'": ["benchmark", "speed", "profile", "time"],
      "'reszoo lr-find'": ["lr", "lr_find", "find-lr", "range-test"],
      "'reszoo run'": ["forward", "exec"],
      "'reszoo --version'": ["version"],
    ]
    return meanings.reduce(into: [:]) { all, meaning in
      for word in meaning.value { all[word] = meaning.key }
    }
  }()
}
