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
      return escapingHidden(String(decoding: try encoder.encode(value), as: UTF8.self))
    } catch {
      throw Failure(.data, "a result cannot be written as JSON: \(error)")
    }
  }

  /// The same JSON with hidden characters as escapes: the encoder leaves all but the first 32 as they are, and a terminal may obey them.
  static func escapingHidden(_ json: String) -> String {
    guard !json.utf8.allSatisfy({ $0 < 0x7F }) else { return json }
    return json.unicodeScalars.reduce(into: "") { text, scalar in
      guard scalar.isHidden, scalar != "\n" else { return text.unicodeScalars.append(scalar) }
      for unit in UTF16.encode(scalar) ?? .init() { text += "\\u" + hexadecimal(unit) }
    }
  }
}
