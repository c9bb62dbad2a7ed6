import Messages
import ModelDescriptor

/// The operands and options of a command by their names, from a command line or from a file.
struct Settings {
  /// A value of a setting: the texts of an option, or the position of a flag.
  enum Value: Hashable {
    case texts([String])
    case flag(Bool)
  }

  /// The values of options, and those of operands from a file.
  var values: [String: Value] = [:]
  /// The operands of a command line.
  var operands: [String] = []

  init() {}

  /// Reads a command line, the name of the command not included. What the parser will refuse is left out; the parser says why.
  init(arguments: some Sequence<String>, of shape: CommandShape) {
    var rest = Array(arguments)[...]
    while let argument = rest.popFirst() {
      guard argument != "--" else {
        operands += rest
        break
      }
      guard argument.hasPrefix("--") else {
        // Short options are the parser's own.
        if !argument.hasPrefix("-") || argument == "-" { operands.append(argument) }
        continue
      }
      let parts = argument.dropFirst(2).split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      let name = String(parts[0])
      guard let option = shape.option(name) else { continue }
      if option.isFlag {
        values[name] = .flag(true)
      } else if let text = parts.count > 1 ? String(parts[1]) : rest.popFirst() {
        var texts: [String] = []
        if option.isRepeating, case .texts(let before) = values[name] { texts = before }
        values[name] = .texts(texts + [text])
      }
    }
  }

  /// Options and flags as a command line has them.
  func options(of shape: CommandShape) -> [String] {
    values.sorted { $0.key < $1.key }.flatMap { name, value -> [String] in
      switch value {
      case _ where shape.operands.contains(name): []
      case .flag(true): ["--\(name)"]
      case .flag(false): shape.opposite(of: name).map { ["--\($0)"] } ?? []
      case .texts(let texts): texts.map { "--\(name)=\($0)" }
      }
    }
  }

  /// The settings as JSON with a member for each.
  func json() throws(Failure) -> [UInt8] {
    let members = values.mapValues { value -> JSONValue in
      switch value {
      case .flag(let isSet): .boolean(isSet)
      case .texts(let texts) where texts.count == 1: JSONValue(text: texts[0])
      case .texts(let texts): .array(texts.map(JSONValue.init(text:)))
      }
    }
    let text = try reporting { String(decoding: try JSON.encode(members, pretty: true), as: UTF8.self) }
    return Array((text.escapingHiddenInJSON + "\n").utf8)
  }
}

extension JSONValue {
  /// The number that a text is the usual form of; else the text.
  fileprivate init(text: String) {
    if let integer = Int64(text), "\(integer)" == text {
      self = .integer(integer)
    } else if let number = Double(text), number.isFinite, "\(number)" == text {
      self = .number(number)
    } else {
      self = .string(text)
    }
  }
}
