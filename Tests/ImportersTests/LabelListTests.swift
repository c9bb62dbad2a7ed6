import ModelDescriptor
import Testing

@testable import Importers

@Suite struct LabelListTests {
  @Test(arguments: [
    "ant\nbee\ncat\n", "\u{FEFF}ant\r\nbee\r\ncat", #"["ant", "bee", "cat"]"#,
    #"{"2": "cat", "0": "ant", "1": "bee"}"#, #"{"cat": 2, "ant": 0, "bee": 1}"#,
    #"{"0": ["n1", "ant"], "1": ["n2", "bee"], "2": ["n3", "cat"]}"#,
    #"{"model_type": "resnet", "id2label": {"0": "ant", "1": "bee", "2": "cat"}, "label2id": {"ant": 0}}"#,
    #"{"architecture": "resnet18", "label_names": ["ant", "bee", "cat"]}"#,
    #"{"architecture": "resnet18", "pretrained_cfg": {"label_names": ["ant", "bee", "cat"]}}"#,
    #"{"class_to_idx": {"ant": 0, "bee": 1, "cat": 2}}"#,
    "{0: 'ant',\n 1: \"bee\",\n 2: 'cat',}\n", "{'ant': 0, 'cat': 2, 'bee': 1}", "['ant', 'bee', 'cat']",
    "('ant', 'bee', 'cat',)",
    "2: cat\n0: ant\n1: bee\n", "0 ant\n1 bee\n2 cat\n", "id,label\n0,ant\n2,cat\n1,bee\n",
    "1\tbee\n0\tant\n2\tcat", "ant\rbee\rcat",
    "n01440764 ant\nn01443537 bee\nn01484850 cat\n", "ant  \nbee\t\ncat \n\n", "\"ant\"\n\"bee\"\n\"cat\"\n",
  ])
  func everyFormGivesTheNamesInOrder(text: String) throws {
    #expect(try LabelList.read(Array(text.utf8)) == ["ant", "bee", "cat"])
  }

  @Test func namesMayBeginWithBracketsAndNumbers() throws {
    for lines in [["[background]", "cat"], ["2 spots", "7 spots"], ["1st", "2nd"], ["it's", "o'clock"]] {
      #expect(try LabelList.read(Array(lines.joined(separator: "\n").utf8)) == lines)
    }
    #expect(
      try LabelList.read(Array(#"{0: 'carpenter\'s kit', 1: "caf\u00e9"}"#.utf8)) == [
        "carpenter's kit", "café",
      ])
  }

  @Test func aLineEndsWhereEditorsEndIt() throws {
    #expect(try LabelList.read(Array("a\u{2028}b\nc\u{2029}d".utf8)) == ["a\u{2028}b", "c\u{2029}d"])
  }

  @Test(arguments: [
    ("{0: 'ant', 2: 'cat'}", "class 2 is named"), ("{0: 'ant', 0: 'bee'}", "class 0 has two names"),
    ("{\n 0: 'ant'\n", "line 1"), ("[\n'ant',\n'bee'", "line 1"), ("ant,\nbee,\n", "ends in a comma"),
    ("ant\nb\0e\n", "line 2, 'b\\u{0}e', has a control"), ("ant\u{85}bee", "line 1"),
    ("['ant', 'b\u{1b}e']", "a control character"), ("ant\n\nbee\n", "line 2 is empty"),
    ("1: ant\n2: bee\n", "class 2 is named"), ("{0: ant}", "line 1"),
  ])
  func textsThatAreNoNamesAreRefused(text: String, words: String) {
    let error = #expect(throws: DescriptorError.self) { try LabelList.read(Array(text.utf8)) }
    #expect(error?.message.contains(words) == true, "\(error?.description ?? "")")
  }

  @Test(arguments: [
    ("[1, 2]", "[0]"), (#"{"0": "ant", "2": "cat"}"#, ""), (#"{"ant": 0, "bee": 0}"#, ""),
    (#"{"ant": 0, "bee": 2}"#, ""), (#"{"0": {"name": "ant"}}"#, "0"), (#"{"id2label": 3}"#, "id2label"),
    (#"{"id2label": {"0": 1, "1": 2, "2": 0}}"#, "id2label"),
    (#"{"0": "ant""#, ""), (#"{"0": []}"#, "0"),
  ])
  func whatIsNoListIsRefusedWithItsPlace(text: String, field: String) {
    let error = #expect(throws: DescriptorError.self) { try LabelList.read(Array(text.utf8)) }
    #expect(error?.code == .malformed)
    #expect(error?.field == field, "\(error?.description ?? "")")
  }
}
