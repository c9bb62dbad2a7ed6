import ArgumentParser
import ModelDescriptor

/// The operands and options of a command, as the parser knows them.
struct CommandShape {
  /// An option or a flag.
  struct Option: Hashable {
    var name: String
    var isFlag: Bool
    var isRepeating: Bool
    /// True if the value is the path of a file or a folder.
    var isPlace: Bool
  }

  /// The names of the operands that must be given, in their order.
  let operands: [String]
  private let options: [String: Option]

  /// Options that are about a single run, or about the file of settings itself.
  private static let unsettable: Set = [
    "config", "save-config", "resume", "restart", "force", "help", "version", "quiet", "verbose",
  ]

  /// Options that name what is written.
  static let outputs: Set = ["output", "log", "tensorboard", "report", "cache", "chart"]

  /// - Throws: ``Failure`` only if the parser describes the command in a form that is not known.
  init(_ command: any ParsableCommand.Type) throws(Failure) {
    let description = try reporting {
      try JSON.decode(Description.self, from: Array(command._dumpHelp().utf8))
    }
    let arguments = description.command.arguments
    operands = arguments.filter { $0.kind == "positional" }.map(\.valueName)
    var options: [String: Option] = [:]
    for argument in arguments where argument.kind != "positional" {
      for name in argument.names ?? [] where name.kind == "long" {
        options[name.name] = Option(
          name: name.name, isFlag: argument.kind == "flag", isRepeating: argument.isRepeating,
          isPlace: ["file", "folder", "dataset", "pem"].contains { argument.valueName.contains($0) })
      }
    }
    self.options = options
  }

  /// The option of that name; nil when there is none.
  func option(_ name: String) -> Option? { options[name] }

  /// True if a file of settings can have a value for an option or operand.
  func isSetting(_ name: String) -> Bool {
    operands.contains(name) || (options[name] != nil && !Self.unsettable.contains(name))
  }

  /// The names that a file of settings can have.
  var settings: [String] { operands + options.keys.filter(isSetting).sorted() }

  /// The flag that says the opposite of another one: `no-exempt-norms` of `exempt-norms`; nil when there is none.
  func opposite(of name: String) -> String? {
    let other = name.hasPrefix("no-") ? String(name.dropFirst(3)) : "no-" + name
    return options[other]?.isFlag == true && options[name]?.isFlag == true ? other : nil
  }

  /// The parser's description, as far as it is read here.
  private struct Description: Decodable {
    var command: Command

    struct Command: Decodable {
      var arguments: [Argument]
    }

    struct Argument: Decodable {
      var kind: String
      var valueName: String
      var isRepeating: Bool
      var names: [Name]?
    }

    struct Name: Decodable {
      var kind: String
      var name: String
    }
  }
}
