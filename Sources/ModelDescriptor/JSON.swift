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

  /// The commas, colons and opening brackets outside of strings; each value but the first follows one.
  private static func valueCount(_ bytes: [UInt8]) -> Int {
    var count = 0
    var isInString = false
    var isEscaped = false
    for byte in bytes {
      if isInString {
        if isEscaped {
          isEscaped = false
        } else if byte == UInt8(ascii: "\\") {
          isEscaped = true
        } else if byte == UInt8(ascii: "\"") {
          isInString = false
        }
      } else {
        switch byte {
        case UInt8(ascii: "\""): isInString = true
        case UInt8(ascii: ","), UInt8(ascii: ":"), UInt8(ascii: "["), UInt8(ascii: "{"): count += 1
        default: break
        }
      }
    }
    return count
  }

  /// - Throws: ``DescriptorError``.
  package static func decode<Value: Decodable>(
    _ type: Value.Type, from bytes: [UInt8]
  ) throws(DescriptorError) -> Value {
    let count = valueCount(bytes)
    guard count <= valueLimit else {
      throw DescriptorError(
        .malformed, field: "", "a document of about \(count) values; at most \(valueLimit) are read")
    }
    do {
      return try JSONDecoder().decode(type, from: Data(bytes))
    } catch let error as DescriptorError {
      throw error
    } catch DecodingError.keyNotFound(let key, let context) {
      throw DescriptorError(
        .missingField, field: path(context.codingPath + [key]), "this field is missing")
    } catch DecodingError.typeMismatch(_, let context), DecodingError.valueNotFound(_, let context) {
      throw DescriptorError(.malformed, field: path(context.codingPath), context.debugDescription)
    } catch DecodingError.dataCorrupted(let context) {
      let detail = context.underlyingError.map { ": \($0)" } ?? ""
      throw DescriptorError(.malformed, field: path(context.codingPath), context.debugDescription + detail)
    } catch {
      throw DescriptorError(.malformed, field: "", "not JSON: \(error)")
    }
  }

  /// One line of JSON with the fields in alphabetical order: the same value gives the same bytes.
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
}
