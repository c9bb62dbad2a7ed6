import Importers
import Messages
import Testing

struct RemarkTests {
  @Test func remediesAreWordedByWhoShowsTheRemark() {
    let remark: Remark = "3 classes, not \(10): \(Remedy.classes(3)), or \(Remedy.preset("resnet18"))"
    #expect(
      remark.description
        == "3 classes, not 10: ImportOptions.classes 3, or the preset resnet18 as ImportOptions.architecture")
    let text = remark.text { remedy in
      if case .classes(let count?) = remedy { "--num-classes \(count)" } else { "another" }
    }
    #expect(text == "3 classes, not 10: --num-classes 3, or another")
  }

  @Test func remarksThatReadAlikeAreEqual() {
    let name = "fc"
    let pieces: Remark = "names: '\(name)' was dropped"
    #expect(pieces == "names: 'fc' was dropped")
    #expect(pieces == Remark("names: 'fc' was dropped"))
    let nested: Remark = "\(pieces), \(Remedy.labels)"
    #expect(nested == "names: 'fc' was dropped, \(Remedy.labels)")
    #expect(nested != Remark(nested.description))
  }
}
