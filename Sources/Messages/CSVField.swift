/// A text as a field of a table with commas (RFC 4180): in quotes, with those within doubled, where a reader would else take it for several.
package func csvField(_ text: String) -> String {
  // By bytes: a quote followed by a combining mark is another Character.
  let (quote, special) = (UInt8(ascii: "\""), [UInt8]("\",\r\n".utf8))
  guard text.utf8.contains(where: { special.contains($0) }) else { return text }
  let doubled = text.utf8.flatMap { $0 == quote ? [quote, quote] : [$0] }
  return "\"" + String(decoding: doubled, as: UTF8.self) + "\""
}
