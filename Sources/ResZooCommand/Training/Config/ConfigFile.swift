import Files
import Messages
import ModelDescriptor
import ResZoo

/// A file of settings for a training: a JSON object with the names of options, or the recipe of a training that is finished, in its
/// report, its checkpoint, or what `inspect` prints of that.
struct ConfigFile {
  let path: String
  /// The settings by the names of options and operands.
  private(set) var settings = Settings()
  /// The recipe of the training; nil for a file that a user wrote.
  private(set) var recipe: [String: String]?

  /// True for a file whose name is that of a training's report, and that is none: others may have written it.
  var isNamedAsReport: Bool { recipe == nil && path.lastPathPart.lowercased() == "report.json" }

  private static let byteLimit = 1 << 24

  init(path: String) throws(Failure) {
    self.path = path
    guard !path.hasSuffix(".rzoo") else {
      try setRecipe(loadDescriptor(path).recipe, operands: [:])
      return
    }
    let file = try reporting(path) { try InputFile(path: path) }
    OpenedModels.keep(file)
    let bytes = try reporting(path) { try file.readAll(limit: Self.byteLimit) }
    let members = try reporting(path) { try JSON.decode([String: JSONValue].self, from: bytes) }
    let isReport = members["format"] == .string("reszoo training report")
    if let recipe = members[isReport ? "options" : "recipe"] {
      var operands: [String: String] = [:]
      if let value = members["operands"] { operands = try texts(value) }
      try setRecipe(texts(recipe), operands: operands)
    } else {
      for (name, value) in members.sorted(by: { $0.key < $1.key }) where value != .null {
        settings.values[name] = try setting(name, value)
      }
    }
  }

  private mutating func setRecipe(_ recipe: [String: String], operands: [String: String]) throws(Failure) {
    guard !recipe.isEmpty else {
      throw Failure(.data, "\(path): has no recipe: this checkpoint was not trained by this program")
    }
    self.recipe = recipe
    settings = Settings(recipe: recipe, operands: operands)
  }

  /// The members of an object of texts.
  private func texts(_ value: JSONValue) throws(Failure) -> [String: String] {
    guard case .object(let members) = value else { throw Failure(.data, "\(path): has no recipe in it") }
    return members.compactMapValues { if case .string(let text) = $0 { text } else { nil } }
  }

  private func setting(_ name: String, _ value: JSONValue) throws(Failure) -> Settings.Value {
    switch value {
    case .boolean(let isSet): return .flag(isSet)
    case .array(let elements):
      return .texts(
        try elements.map { element throws(Failure) in
          guard let text = element.optionText else { throw unreadable(name) }
          return text
        })
    default:
      guard let text = value.optionText else { throw unreadable(name) }
      return .texts([text])
    }
  }

  private func unreadable(_ name: String) -> Failure {
    Failure(
      .data, "\(path): '\(name)' must be a text, a number, true or false, or an array of texts and numbers")
  }
}

extension JSONValue {
  /// A text or number as an option has it; nil for anything else.
  fileprivate var optionText: String? {
    switch self {
    case .string(let text): text
    case .integer(let value): "\(value)"
    case .natural(let value): "\(value)"
    case .number(let value): "\(value)"
    case .null, .boolean, .array, .object: nil
    }
  }
}
