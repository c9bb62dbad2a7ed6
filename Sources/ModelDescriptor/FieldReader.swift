import Messages

/// Reads the fields of one JSON object, and refuses those that nobody asked for.
package struct FieldReader {
  private let container: KeyedDecodingContainer<FieldName>

  /// - Throws: ``DescriptorError`` with ``DescriptorError/Code/unknownField`` for a field outside `known`.
  package init(_ decoder: any Decoder, known: [String]) throws {
    container = try decoder.container(keyedBy: FieldName.self)
    for key in container.allKeys.sorted(by: { $0.stringValue < $1.stringValue })
    where !known.contains(key.stringValue) {
      throw DescriptorError(
        .unknownField, field: fieldPath(decoder.codingPath + [key]),
        "there is no such field here; there are \(known.joined(separator: ", "))")
    }
  }

  package func required<Value: Decodable>(_ name: String, as type: Value.Type = Value.self) throws -> Value {
    try located(path(of: name)) { try container.decode(Value.self, forKey: FieldName(name)) }
  }

  package func optional<Value: Decodable>(_ name: String, as type: Value.Type = Value.self) throws -> Value? {
    try located(path(of: name)) { try container.decodeIfPresent(Value.self, forKey: FieldName(name)) }
  }

  private func path(of name: String) -> String { fieldPath(container.codingPath + [FieldName(name)]) }

  /// A list of numbers, of which an unsuitable one is named by its place; nil when there is no such field.
  package func optionalNumbers<Number: Decodable>(_ name: String) throws -> [Number]? {
    let key = FieldName(name)
    guard container.contains(key), try !container.decodeNil(forKey: key) else { return nil }
    var list = try container.nestedUnkeyedContainer(forKey: key)
    var numbers: [Number] = []
    while !list.isAtEnd {
      let place = "\(path(of: name))[\(list.currentIndex)]"
      numbers.append(try located(place) { try list.decode(Number.self) })
    }
    return numbers
  }

  /// As ``optionalNumbers(_:)``, of a field that must be there.
  package func numbers<Number: Decodable>(_ name: String) throws -> [Number] {
    guard let numbers: [Number] = try optionalNumbers(name) else { return try required(name) }
    return numbers
  }

  /// Foundation does not say where a number stands that fits no Swift type.
  private func located<Value>(_ path: String, _ decode: () throws -> Value) throws -> Value {
    do {
      return try decode()
    } catch let error where !(error is DecodingError || error is DescriptorError) {
      throw DescriptorError(
        .malformed, field: path, JSON.unsuitableNumber)
    }
  }

  /// A field that takes one of a few words.
  package func word<Word: RawRepresentable & CaseIterable>(
    _ name: String, default fallback: Word? = nil
  ) throws -> Word
  where Word.RawValue == String {
    let text: String
    if let fallback {
      guard let given = try optional(name, as: String.self) else { return fallback }
      text = given
    } else {
      text = try required(name)
    }
    guard let word = Word(rawValue: text) else {
      let words = Word.allCases.map(\.rawValue).joined(separator: ", ")
      throw DescriptorError(
        .outOfRange, field: fieldPath(container.codingPath + [FieldName(name)]),
        "'\(text.excerpt)' is none of \(words)")
    }
    return word
  }
}

/// The name of a JSON field.
package struct FieldName: CodingKey {
  package let stringValue: String
  package var intValue: Int? { nil }

  package init(_ name: String) { stringValue = name }
  package init?(stringValue: String) { self.init(stringValue) }
  package init?(intValue: Int) { nil }
}

/// A coding path as people write it: `stages[1].width`.
package func fieldPath(_ keys: [any CodingKey]) -> String {
  keys.reduce(into: "") { text, key in
    if let index = key.intValue {
      text += "[\(index)]"
    } else {
      text += (text.isEmpty ? "" : ".") + key.stringValue
    }
  }
}
