import Foundation

/// A JSON document.
indirect enum Document: Decodable, Equatable {
  case null
  case boolean(Bool)
  case number(Double)
  case text(String)
  case list([Document])
  case object([String: Document])

  init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    if container.decodeNil() {
      self = .null
    } else if let value = try? container.decode(Bool.self) {
      self = .boolean(value)
    } else if let value = try? container.decode(Double.self) {
      self = .number(value)
    } else if let value = try? container.decode(String.self) {
      self = .text(value)
    } else if let value = try? container.decode([Document].self) {
      self = .list(value)
    } else {
      self = .object(try container.decode([String: Document].self))
    }
  }

  init(_ json: some Sequence<UInt8>) throws {
    self = try JSONDecoder().decode(Document.self, from: Data(json))
  }
}

/// The part of JSON Schema (draft 2020-12) that the schemas of `spec` use. A word that is not among it is an
/// error, so that no rule is passed over.
struct SchemaChecker {
  struct UnknownKeyword: Error {
    let word: String
  }

  let schema: Document

  /// - Parameter name: `architecture` or `metadata`.
  init(_ name: String) throws {
    let folder = #filePath.split(separator: "/").dropLast(3).reduce("") { $0 + "/" + $1 } + "/spec"
    schema = try Document(Data(contentsOf: URL(filePath: "\(folder)/\(name).schema.json")))
  }

  /// The members of an object of the schema, by the path of its properties.
  func members(of path: [String] = []) -> Set<String> {
    var rules = schema
    for name in path { rules = rules["properties"]?[name] ?? .null }
    let forms = rules["oneOf"].map { $0.items ?? [] } ?? [rules["items"] ?? rules]
    return forms.reduce(into: []) { names, form in
      if case .object(let members)? = form["properties"] { names.formUnion(members.keys) }
    }
  }

  func accepts(_ document: Document) throws -> Bool { try fits(document, schema) }

  private func fits(_ value: Document, _ schema: Document) throws -> Bool {
    guard case .object(let rules) = schema else { throw UnknownKeyword(word: "\(schema)") }
    for (word, rule) in rules where try !keeps(value, word: word, rule: rule, rules: rules) { return false }
    return true
  }

  private func keeps(
    _ value: Document, word: String, rule: Document, rules: [String: Document]
  ) throws -> Bool {
    switch (word, rule) {
    case ("$schema", _), ("title", _), ("description", _), ("default", _), ("then", _), ("else", _):
      return true
    case ("type", .text(let type)): return value.isOf(type)
    case ("type", .list(let types)):
      return types.contains { if case .text(let type) = $0 { value.isOf(type) } else { false } }
    case ("minLength", .number(let count)):
      return value.text.map { Double($0.unicodeScalars.count) >= count } ?? true
    case ("maxLength", .number(let count)):
      return value.text.map { Double($0.unicodeScalars.count) <= count } ?? true
    case ("enum", .list(let choices)): return choices.contains(value)
    case ("const", let other): return value == other
    case ("minimum", .number(let limit)): return value.number.map { $0 >= limit } ?? true
    case ("maximum", .number(let limit)): return value.number.map { $0 <= limit } ?? true
    case ("exclusiveMinimum", .number(let limit)): return value.number.map { $0 > limit } ?? true
    case ("exclusiveMaximum", .number(let limit)): return value.number.map { $0 < limit } ?? true
    case ("multipleOf", .number(let unit)):
      return value.number.map { ($0 / unit).rounded() == $0 / unit } ?? true
    case ("minLength", .number(let count)): return value.length.map { Double($0) >= count } ?? true
    case ("maxLength", .number(let count)): return value.length.map { Double($0) <= count } ?? true
    case ("minItems", .number(let count)): return value.items.map { Double($0.count) >= count } ?? true
    case ("maxItems", .number(let count)): return value.items.map { Double($0.count) <= count } ?? true
    case ("items", let item): return try value.items?.allSatisfy { try fits($0, item) } ?? true
    case ("required", .list(let names)):
      guard case .object(let members) = value else { return true }
      return names.allSatisfy { name in members.contains { .text($0.key) == name } }
    case ("properties", .object(let properties)):
      guard case .object(let members) = value else { return true }
      return try members.allSatisfy { name, member in
        try properties[name].map { try fits(member, $0) } ?? true
      }
    case ("additionalProperties", .boolean(false)):
      guard case .object(let members) = value, case .object(let properties)? = rules["properties"] else {
        return true
      }
      return members.keys.allSatisfy { properties[$0] != nil }
    case ("additionalProperties", .object):
      guard case .object(let members) = value else { return true }
      return try members.values.allSatisfy { try fits($0, rule) }
    case ("oneOf", .list(let choices)): return try choices.count { try fits(value, $0) } == 1
    case ("not", let other): return try !fits(value, other)
    case ("if", let condition):
      let next = try fits(value, condition) ? rules["then"] : rules["else"]
      return try next.map { try fits(value, $0) } ?? true
    default: throw UnknownKeyword(word: word)
    }
  }
}

extension Document {
  fileprivate var number: Double? {
    if case .number(let value) = self { value } else { nil }
  }

  fileprivate var text: String? {
    if case .text(let text) = self { text } else { nil }
  }

  subscript(_ name: String) -> Document? {
    if case .object(let members) = self { members[name] } else { nil }
  }

  fileprivate var items: [Document]? {
    if case .list(let items) = self { items } else { nil }
  }

  fileprivate var length: Int? {
    if case .text(let text) = self { text.unicodeScalars.count } else { nil }
  }

  fileprivate func isOf(_ type: String) -> Bool {
    switch (self, type) {
    case (.object, "object"), (.null, "null"), (.list, "array"), (.text, "string"), (.boolean, "boolean"),
      (.number, "number"):
      true
    case (.number(let value), "integer"): value == value.rounded()
    default: false
    }
  }
}
