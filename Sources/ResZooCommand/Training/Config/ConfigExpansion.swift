import ArgumentParser
import Messages
import ResZoo

/// A command line with the settings of its `--config` file in it, which the parser then takes as if they had been typed.
struct ConfigExpansion {
  /// The command line for the parser.
  let arguments: [String]
  /// The settings of the file that options of the command line replace.
  private(set) var replaced: [String] = []
  /// The settings of the file that this command has no use for.
  private(set) var unused: [String] = []
  /// The members of a recipe, or of a file in a report's place, that would name files or folders, which are the user's to name.
  private(set) var places: [String] = []
  /// True if the file has a recipe.
  private(set) var hasRecipe = false
  /// The options of a file of settings that name what is written, with their values.
  private(set) var outputs: [String] = []
  /// All settings together.
  private(set) var settings: Settings

  private static let commands: [any ParsableCommand.Type] = [Train.self, Finetune.self, LRFind.self]

  /// Settings of which one excludes the others.
  private static let exclusions: [Set<String>] = [
    ["augment", "no-augment"], ["validation", "validation-split"], ["no-shuffle", "balance-classes"],
    ["arch", "descriptor", "from"], ["no-cache", "cache"], ["no-cache", "cache-views"],
    ["no-cache", "cache-type"], ["no-cache", "cache-limit"],
  ]

  /// Names that other programs have for settings.
  private static let synonyms = [
    "learning-rate": "lr", "lr0": "lr", "batch-size": "batch", "wd": "weight-decay", "opt": "optimizer",
    "sched": "schedule", "scheduler": "schedule", "smoothing": "label-smoothing", "clip-grad": "clip",
    "model-ema-decay": "ema", "model": "arch", "val-split": "validation-split", "bce-loss": "loss",
    "aa": "augment", "num-epochs": "epochs", "data-dir": "dataset",
  ]

  /// The command line as the parser shall see it: the same when it names no file of settings.
  ///
  /// - Throws: ``Failure`` for a file that cannot be read, or has a setting that the command does not know.
  static func expanded(_ arguments: [String]) throws(Failure) -> [String] {
    guard arguments.contains(where: { $0 == "--config" || $0.hasPrefix("--config=") }),
      let expansion = try ConfigExpansion(arguments)
    else { return arguments }
    expansion.note()
    return expansion.arguments
  }

  /// Nil for a command that takes no file of settings.
  init?(_ arguments: [String]) throws(Failure) {
    guard let place = arguments.firstIndex(where: { !$0.hasPrefix("-") }),
      let command = Self.commands.first(where: { $0._commandName == arguments[place] })
    else { return nil }
    let shape = try CommandShape(command)
    let given = Settings(arguments: arguments[(place + 1)...], of: shape)
    settings = given
    guard case .texts(let paths) = given.values["config"], let path = paths.last else {
      for (name, operand) in zip(shape.operands, given.operands) { settings.values[name] = .texts([operand]) }
      self.arguments = arguments
      return
    }
    let file = try ConfigFile(path: path)
    hasRecipe = file.recipe != nil
    var own = Settings()
    for (name, value) in file.settings.values.sorted(by: { $0.key < $1.key }) {
      guard shape.isSetting(name) else {
        try Self.requireKnown(name, of: file, command: command, shape: shape)
        if file.recipe == nil { unused.append(name) }
        continue
      }
      let isOfRecipe = file.recipe?[name] != nil && !Settings.recordNames.contains(name)
      let isOutput = CommandShape.outputs.contains(name)
      if isOfRecipe && shape.option(name)?.isPlace == true || file.isNamedAsReport && isOutput {
        places.append(name)
      } else if Self.isReplaced(name, by: given) {
        replaced.append(name)
      } else {
        let checked = try Self.checked(value, of: name, shape, file.path)
        own.values[name] = checked
        if isOutput, case .texts(let texts) = checked { outputs += texts.map { "--\(name) \($0)" } }
      }
    }
    outputs.sort()
    places.sort()
    replaced.sort()
    unused.sort()
    let operands = try Self.operands(given.operands, own, shape, file.path, &replaced)
    for (name, operand) in zip(shape.operands, operands) { own.values[name] = .texts([operand]) }
    own.keepRatio(of: given, file: file.settings)
    settings.values.merge(own.values) { given, _ in given }
    self.arguments =
      arguments[...place] + own.options(of: shape) + given.options(of: shape)
      + Self.unknownArguments(arguments[(place + 1)...], of: shape)
      + (operands.isEmpty ? [] : ["--"] + operands)
  }

  private func note() {
    guard case .texts(let paths) = settings.values["config"], let path = paths.last else { return }
    if !replaced.isEmpty {
      Terminal.note("\(path): the command line replaces \(replaced.joined(separator: ", "))")
    }
    if !places.isEmpty {
      Terminal.warn(
        "\(path): \(hasRecipe ? "its recipe" : "this report.json") names files, which only the command line does; not taken: \(places.joined(separator: ", "))"
      )
    }
    if !outputs.isEmpty {
      Terminal.note("\(path): names what is written: \(outputs.joined(separator: ", "))")
    }
    if !unused.isEmpty {
      Terminal.note("\(path): of no use to this command: \(unused.joined(separator: ", "))")
    }
  }
}

extension ConfigExpansion {
  /// True if an option of the command line replaces a setting: the same, one that excludes it, or another rule that it belongs to.
  private static func isReplaced(_ name: String, by given: Settings) -> Bool {
    if given.values[name] != nil || given.values["no-" + name] != nil { return true }
    if name.hasPrefix("no-"), given.values[String(name.dropFirst(3))] != nil { return true }
    if exclusions.contains(where: { $0.contains(name) && !$0.isDisjoint(with: given.values.keys) }) {
      return true
    }
    return isForeign(name, ScheduleName.self, given.values["schedule"])
      || isForeign(name, OptimizerName.self, given.values["optimizer"])
  }

  /// True for a setting of other rules than the one that the command line names.
  private static func isForeign<Name: RuleName>(
    _ setting: String, _: Name.Type, _ given: Settings.Value?
  ) -> Bool {
    guard case .texts(let names) = given, let rule = names.last.flatMap(Name.init(rawValue:)) else {
      return false
    }
    return !rule.settings.contains(setting) && Name.allCases.contains { $0.settings.contains(setting) }
  }

  /// - Throws: ``Failure`` for a setting that is none of any command's; members of a recipe that are no options are left out.
  private static func requireKnown(
    _ name: String, of file: ConfigFile, command: any ParsableCommand.Type, shape: CommandShape
  ) throws(Failure) {
    guard file.recipe == nil else { return }
    for other in commands where try CommandShape(other).isSetting(name) { return }
    let words = name.replacing("_", with: "-")
    let close = synonyms[words].map { [$0] } ?? closestNames(to: words, among: shape.settings)
    let hint =
      close.isEmpty
      ? "'reszoo \(command._commandName) --help' lists them" : "close to it: \(close.joined(separator: ", "))"
    throw Failure(
      .usage,
      "\(file.path): '\(name)' is no option of 'reszoo \(command._commandName)' that a file can set; \(hint)")
  }

  /// The value in the form that the option has.
  private static func checked(
    _ value: Settings.Value, of name: String, _ shape: CommandShape, _ path: String
  ) throws(Failure) -> Settings.Value {
    let isFlag = shape.option(name)?.isFlag ?? false
    let isRepeating = shape.option(name)?.isRepeating ?? false
    switch value {
    case .flag where isFlag: return value
    case .texts(let texts) where !isFlag && (texts.count == 1 || isRepeating): return value
    // Numbers of one option, such as milestones.
    case .texts(let texts) where !isFlag && !texts.isEmpty && shape.option(name) != nil:
      return .texts([texts.joined(separator: ",")])
    case .flag, .texts:
      throw Failure(
        .usage,
        "\(path): '\(name)' must be \(isFlag ? "true or false" : "a text or a number, as on the command line")"
      )
    }
  }

  /// All operands, in their order: those of the command line, and those of the file where it has none.
  private static func operands(
    _ given: [String], _ own: Settings, _ shape: CommandShape, _ path: String, _ replaced: inout [String]
  ) throws(Failure) -> [String] {
    let inFile = shape.operands.filter { own.values[$0] != nil }
    guard given.count < shape.operands.count else {
      replaced += inFile
      return given
    }
    let missing = shape.operands.filter { !inFile.contains($0) }
    guard given.count <= missing.count || given.isEmpty else {
      throw Failure(
        .usage,
        "\(path): has \(inFile.joined(separator: " and ")); give all of \(shape.operands.joined(separator: ", ")) on the command line, or none"
      )
    }
    guard given.count == missing.count else { return given }
    var rest = given[...]
    return shape.operands.compactMap { name in
      if case .texts(let texts) = own.values[name] { return texts.last }
      return rest.popFirst()
    }
  }

  /// The options that the command does not have, for the parser to refuse.
  private static func unknownArguments(_ arguments: ArraySlice<String>, of shape: CommandShape) -> [String] {
    arguments.prefix { $0 != "--" }.filter { argument in
      guard argument.hasPrefix("--") else { return argument.hasPrefix("-") && argument != "-" }
      return shape.option(String(argument.dropFirst(2).prefix { $0 != "=" })) == nil
    }
  }
}

extension Settings {
  /// Scales a backbone's rate of the file with the rate that the command line gives instead of the file's.
  fileprivate mutating func keepRatio(of given: Settings, file: Settings) {
    guard let rate = given.number("lr"), let before = file.number("lr"), before > 0,
      let backbone = number("backbone-lr")
    else { return }
    values["backbone-lr"] = .texts(["\(rate * (backbone / before))"])
  }

  private func number(_ name: String) -> Double? {
    if case .texts(let texts) = values[name] { texts.last.flatMap(Double.init) } else { nil }
  }
}
