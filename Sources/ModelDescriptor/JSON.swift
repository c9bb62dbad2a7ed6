import Messages
import StrictJSON

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// JSON in and out, with errors that name the field.
package enum JSON {
  /// Most values in a document. A decoder takes some fifty bytes for each, so that a short text of many
  /// values would take far more memory than it has bytes.
  private static let valueLimit = 1 << 21

  /// Decodes a document in which no object has two members of the same name, of which `JSONDecoder` would hide one.
  ///
  /// - Throws: ``DescriptorError``.
  package static func decode<Value: Decodable>(
    _ type: Value.Type, from bytes: [UInt8]
  ) throws(DescriptorError) -> Value {
    do {
      try JSONScanner.check(bytes, valueLimit: valueLimit)
    } catch {
      throw DescriptorError(.malformed, field: "", "not the JSON that is read here: \(error)")
    }
    do {
      return try JSONDecoder().decode(type, from: Data(bytes))
    } catch let error as DescriptorError {
      throw error
    } catch DecodingError.keyNotFound(let key, let context) {
      throw DescriptorError(
        .missingField, field: fieldPath(context.codingPath + [key]), "this field is missing")
    } catch DecodingError.typeMismatch(let type, let context) {
      throw DescriptorError(
        .malformed, field: fieldPath(context.codingPath), "it must be \(phrase(for: type))")
    } catch DecodingError.valueNotFound(let type, let context) {
      throw DescriptorError(
        .malformed, field: fieldPath(context.codingPath), "it is null, and must be \(phrase(for: type))")
    } catch DecodingError.dataCorrupted(let context) where !context.codingPath.isEmpty {
      // The text is JSON and its words are known: what is left is a number.
      throw DescriptorError(.malformed, field: fieldPath(context.codingPath), unsuitableNumber)
    } catch {
      throw DescriptorError(.malformed, field: "", "not JSON: \(error)")
    }
  }

  /// A number that JSON allows and a field does not, in words.
  static let unsuitableNumber = "a number that is too large, or has decimals where it must not"

  /// A type that a field takes, in JSON's words.
  private static func phrase(for type: any Any.Type) -> String {
    switch type {
    case is String.Type: "a text"
    case is Bool.Type: "true or false"
    case is any BinaryInteger.Type: "a whole number"
    case is any BinaryFloatingPoint.Type: "a number"
    case is [Any].Type, is any RandomAccessCollection.Type: "a list"
    default: "an object"
    }
  }

  /// JSON with the fields in alphabetical order, on one line unless it is `pretty`: the same value gives the same bytes.
  ///
  /// - Throws: ``DescriptorError`` for a number that JSON cannot write, such as NaN.
  package static func encode(_ value: some Encodable, pretty: Bool = false) throws(DescriptorError) -> [UInt8]
  {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    if pretty { encoder.outputFormatting.insert(.prettyPrinted) }
    do {
      return [UInt8](try encoder.encode(value))
    } catch {
      throw DescriptorError(.malformed, field: "", "cannot be written as JSON: \(error)")
    }
  }

  /// JSON in many lines for people to read too: hidden characters are escapes, which a terminal does not obey.
  ///
  /// - Throws: as ``encode(_:pretty:)``.
  package static func encodeShown(_ value: some Encodable) throws(DescriptorError) -> [UInt8] {
    Array(String(decoding: try encode(value, pretty: true), as: UTF8.self).escapingHiddenInJSON.utf8)
  }
}
