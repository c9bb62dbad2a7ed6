import TestSupport
import Testing

@testable import StrictJSON

/// Which texts are a JSON document, and what of RFC 8259 is left out.
@Suite struct CheckTests {
  private func isAccepted(_ text: String, valueLimit: Int = 100) -> Bool {
    (try? JSONScanner.check(Array(text.utf8), valueLimit: valueLimit)) != nil
  }

  @Test(arguments: [
    "null", "true", "false", "0", "-0", "10", "-1.5", "1e5", "1E+05", "0.25e-3", "\"\"",
    "\"a\\\"\\u00e9\\ud83d\\ude00\"",
    "[]", "{}", " [ 1 , [ ] , { } ] ", "{\"a\":1,\"b\":{\"a\":2}}", "[{\"a\":1},{\"a\":1}]", "\r\n\t {} \n",
  ])
  func valuesAreAccepted(text: String) {
    #expect(isAccepted(text))
  }

  @Test(arguments: [
    "", " ", "nul", "nulll", "True", "NaN", "Infinity", "-", "+1", "01", "-01", "1.", ".5", "1e", "1e+",
    "0x1", "1 2",
    "\"", "\"a", "\"\\x\"", "\"\\u12\"", "\"\\ud800\"", "\"\\udc00\"", "\"\\ud800\\u0041\"", "\"\n\"", "'a'",
    "[", "]", "[1", "[1,]", "[,1]", "[1 2]", "{", "{\"a\"}", "{\"a\":}", "{\"a\":1,}", "{a:1}", "{1:2}",
    "{\"a\":1 \"b\":2}",
    "{} {}", "\u{FEFF}{}", "// no\n1",
  ])
  func othersAreRefused(text: String) {
    #expect(!isAccepted(text))
  }

  @Test(arguments: [
    "{\"a\":1,\"a\":1}", "{\"a\":1,\"b\":2,\"\\u0061\":3}", "[{\"x\":{\"a\":1,\"a\":2}}]", "{\"\":1,\"\":2}",
  ])
  func aNameTwiceIsRefused(text: String) {
    #expect(!isAccepted(text))
  }

  @Test func numbersHaveAValue() {
    for text in ["1e308", "1.7976931348623158e308", "-1e-999", "0e999", "10000000000000000000000000000000"] {
      #expect(isAccepted(text), "\(text)")
    }
    for text in ["1e999", "-1E+400", "1.7976931348623159e308", "[{\"a\":[1e999]}]"] {
      #expect(!isAccepted(text), "\(text)")
    }
  }

  @Test func namesAreComparedByCodePoints() {
    #expect(isAccepted("{\"\u{E9}\":1,\"e\u{301}\":2}"))
  }

  @Test func depthValuesAndLongNumbersHaveLimits() {
    func nested(_ depth: Int) -> String {
      String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
    }
    #expect(isAccepted(nested(64)) && !isAccepted(nested(65)) && !isAccepted(nested(1_000_000)))
    #expect(isAccepted("[1,2,3]", valueLimit: 4) && !isAccepted("[1,2,3]", valueLimit: 3))
    #expect(isAccepted(String(repeating: "1", count: 256)) && !isAccepted(String(repeating: "1", count: 257)))
  }

  @Test func theOutermostValueMayBePrescribed() {
    #expect(throws: JSONScanner.Fault.self) {
      try JSONScanner.check(Array("[]".utf8), valueLimit: 9, outermost: .object)
    }
    #expect(throws: Never.self) {
      try JSONScanner.check(Array(" {}".utf8), valueLimit: 9, outermost: .object)
    }
  }
}
