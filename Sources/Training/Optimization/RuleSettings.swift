import Messages

/// A name out of a fixed list, each of which has settings.
public protocol RuleName: CaseIterable, Hashable, Sendable, RawRepresentable<String> {
  /// The names of the settings.
  var settings: [String] { get }
}

/// Settings of an optimizer or a schedule as texts by their names, which a definition takes one after the other.
struct RuleSettings {
  private let owner: String
  private let owners: (String) -> [String]
  private var texts: [String: String]

  init<Name: RuleName>(_ texts: [String: String], of name: Name) {
    self.texts = texts
    owner = name.rawValue
    owners = { setting in Name.allCases.filter { $0.settings.contains(setting) }.map(\.rawValue) }
  }

  /// A number; nil when it is not given.
  mutating func number(_ name: String) throws(TrainingError) -> Double? {
    try take(name, "a number") { Double($0) }
  }

  /// A whole number; nil when it is not given.
  mutating func whole(_ name: String) throws(TrainingError) -> Int? {
    try take(name, "a whole number") { Int($0) }
  }

  /// Numbers with commas between them, as many as in the example; nil when they are not given.
  mutating func numbers(_ name: String, such example: String) throws(TrainingError) -> [Double]? {
    try take(name, "numbers such as \(example)") { text in
      let parts = Self.parts(text)
      let numbers = parts.compactMap { Double($0) }
      return numbers.count == parts.count && parts.count == Self.parts(example).count ? numbers : nil
    }
  }

  /// Whole numbers with commas between them.
  ///
  /// - Throws: also when they are not given.
  mutating func wholes(_ name: String, such example: String) throws(TrainingError) -> [Int] {
    let wholes = try take(name, "whole numbers such as \(example)") { text in
      let parts = Self.parts(text)
      let numbers = parts.compactMap { Int($0) }
      return numbers.count == parts.count ? numbers : nil
    }
    guard let wholes else { throw missing(name, such: example) }
    return wholes
  }

  /// One of some names; nil when none is given.
  mutating func choice<Choice: RawRepresentable<String> & CaseIterable>(
    _ name: String, _: Choice.Type
  ) throws(TrainingError) -> Choice? {
    try take(name, "one of " + Choice.allCases.map(\.rawValue).joined(separator: ", ")) {
      Choice(rawValue: $0)
    }
  }

  /// True for `yes`, false when it is not given.
  mutating func flag(_ name: String) throws(TrainingError) -> Bool {
    try take(name, "yes or no") { ["yes": true, "no": false][$0] } ?? false
  }

  func missing(_ name: String, such example: String) -> TrainingError {
    TrainingError(.options, "\(owner) needs \(name), such as \(example)")
  }

  /// - Throws: ``TrainingError`` with ``TrainingError/Code/options`` when a setting is left that nobody has taken.
  func requireNoOthers() throws(TrainingError) {
    guard let name = texts.keys.min() else { return }
    let others = owners(name)
    throw TrainingError(
      .options,
      "\(name) is not a setting of \(owner)"
        + (others.isEmpty ? "" : "; it belongs to \(others.joined(separator: ", "))"))
  }

  private mutating func take<Value>(
    _ name: String, _ wanted: String, _ read: (String) -> Value?
  ) throws(TrainingError) -> Value? {
    guard let text = texts.removeValue(forKey: name) else { return nil }
    guard let value = read(text) else {
      throw TrainingError(.options, "\(name) is '\(text)'; it must be \(wanted)")
    }
    return value
  }

  private static func parts(_ text: String) -> [Substring] {
    text.split(separator: ",", omittingEmptySubsequences: false)
  }
}
