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
  ])
  func everyFormGivesTheNamesInOrder(text: String) throws {
    #expect(try LabelList.read(Array(text.utf8)) == ["ant", "bee", "cat"])
  }

  @Test(arguments: [
    ("[1, 2]", "[0]"), (#"{"0": "ant", "2": "cat"}"#, ""), (#"{"ant": 0, "bee": 0}"#, ""),
    (#"{"ant": 0, "bee": 2}"#, ""), (#"{"0": {"name": "ant"}}"#, "0"), (#"{"id2label": 3}"#, "id2label"),
    (#"{"0": "ant""#, ""), (#"{"0": []}"#, "0"),
  ])
  func whatIsNoListIsRefusedWithItsPlace(text: String, field: String) {
    let error = #expect(throws: DescriptorError.self) { try LabelList.read(Array(text.utf8)) }
    #expect(error?.code == .malformed)
    #expect(error?.field == field, "\(error?.description ?? "")")
  }
}
