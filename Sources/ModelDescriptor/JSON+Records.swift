import Messages

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

extension JSON {
  /// A record of results as a text: members in alphabetical order, so that the same answer is the same text, their names with
  /// underscores, and hidden characters as escapes.
  ///
  /// - Throws: ``DescriptorError``.
  package static func text(
    ofRecord value: some Encodable, pretty: Bool = false
  ) throws(DescriptorError) -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    if pretty { encoder.outputFormatting.insert(.prettyPrinted) }
    encoder.keyEncodingStrategy = .convertToSnakeCase
    // A network of huge weights can put out infinities; they must not hide the other results.
    encoder.nonConformingFloatEncodingStrategy = .convertToString(
      positiveInfinity: "Infinity", negativeInfinity: "-Infinity", nan: "NaN")
    do {
      return String(decoding: try encoder.encode(value), as: UTF8.self).escapingHiddenInJSON
    } catch {
      throw DescriptorError(.malformed, field: "", "cannot be written as JSON: \(error)")
    }
  }
}
