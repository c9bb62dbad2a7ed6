import Messages

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// JSON as the commands print it: keys in alphabetical order, so that the same answer is the same text.
enum JSONText {
  static func line(_ value: some Encodable) throws(Failure) -> String {
    try encode(value, formatting: [.sortedKeys, .withoutEscapingSlashes])
  }

  static func pretty(_ value: some Encodable) throws(Failure) -> String {
    try encode(value, formatting: [.sortedKeys, .withoutEscapingSlashes, .prettyPrinted])
  }

  private static func encode(
    _ value: some Encodable, formatting: JSONEncoder.OutputFormatting
  ) throws(Failure) -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = formatting
    encoder.keyEncodingStrategy = .convertToSnakeCase
    // A network of huge weights can put out infinities; they must not hide the other results.
    encoder.nonConformingFloatEncodingStrategy = .convertToString(
      positiveInfinity: "Infinity", negativeInfinity: "-Infinity", nan: "NaN")
    do {
      return String(decoding: try encoder.encode(value), as: UTF8.self).escapingHiddenInJSON
    } catch {
      throw Failure(.data, "a result cannot be written as JSON: \(error)")
    }
  }
}
