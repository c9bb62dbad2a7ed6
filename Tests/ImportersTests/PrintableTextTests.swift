import Messages
import Testing

/// Text from files, as messages and tables show it.
@Suite struct PrintableTextTests {
  @Test(arguments: [
    ("\u{1B}[8m", #"\u{1b}[8m"#), ("\u{9B}8m", #"\u{9b}8m"#), ("a\nb", #"a\u{a}b"#), ("\u{7F}", #"\u{7f}"#),
    ("\r\n", #"\u{d}\u{a}"#), ("\u{202E}gpj.exe", #"\u{202e}gpj.exe"#),
    ("\u{2066}a\u{2069}", #"\u{2066}a\u{2069}"#),
    ("a\u{2028}b\u{2029}", #"a\u{2028}b\u{2029}"#), ("a\u{200B}b", #"a\u{200b}b"#),
    ("\u{FEFF}a", #"\u{feff}a"#),
    ("a\u{AD}b", #"a\u{ad}b"#), ("a\u{E0041}", #"a\u{e0041}"#), ("\u{3164}", #"\u{3164}"#),
    ("a\u{200D}b", #"a\u{200d}b"#), ("cat\u{200C}", #"cat\u{200c}"#), ("a\u{FE0F}", #"a\u{fe0f}"#),
    ("猫\u{FE00}\u{FE01}", "猫\u{FE00}" + #"\u{fe01}"#), ("é\u{FE01}", "é" + #"\u{fe01}"#),
    ("ж\u{E0101}", "ж" + #"\u{e0101}"#), ("cat\u{2800}", #"cat\u{2800}"#),
  ]) func `what is not seen is spelt out`(_ text: String, _ shown: String) {
    #expect(text.printable == shown)
  }

  @Test(arguments: [
    "می\u{200C}خواهم", "क्\u{200D}ष", "👩\u{200D}👩\u{200D}👧", "❤\u{FE0F}\u{200D}🔥", "1\u{FE0F}\u{20E3}",
    "葛\u{E0100}", "ŝtono é e\u{301}",
    "\u{601}٤", "a\u{A0}b",
  ]) func `what scripts and emoji need stays`(_ text: String) {
    #expect(text.printable == text)
  }

  @Test func `the values of a remark make no lines and no more than a hundred characters of a quotation`() {
    let value = "x\nreszoo: all sound"
    let remark: Remark = "first \(value)\nsecond '\(value)'"
    #expect(
      remark.description == #"first x\u{a}reszoo: all sound"# + "\n" + #"second 'x\u{a}reszoo: all sound'"#)
    let long = String(repeating: "\u{0}", count: 10_000_000)
    let quoted: Remark = "'\(long)' is no label"
    #expect(quoted.description.count < 130)
    let plain: Remark = "\(long): does not exist"
    #expect(plain.description.count < 4200)
    #expect(Remark(value).description == #"x\u{a}reszoo: all sound"#)
    #expect("\(Remark(value)), \(value.excerpt)" == #"x\u{a}reszoo: all sound, x\u{a}reszoo: all sound"#)
    #expect(String(repeating: "ä", count: 100).excerpt.count == 100)
    #expect(String(repeating: "ä", count: 101).excerpt == String(repeating: "ä", count: 100) + "…")
  }

  @Test func `the words of a remedy make no lines`() {
    let remark: Remark = "use \(Remedy.prefix("a\nb"))"
    #expect(!remark.description.contains("\n"))
  }
}
