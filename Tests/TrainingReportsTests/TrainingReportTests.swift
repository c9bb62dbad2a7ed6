import Charts
import Datasets
import Foundation
import ImageInput
import Messages
import TestSupport
import Testing
import Training

@testable import TrainingReports

#if canImport(FoundationXML)
import FoundationXML
#endif

@Suite struct TrainingReportTests {
  private let folder = TemporaryFolder()
  private let hostile = "</td><script>alert(1)</script>\"'&"

  private func report(
    _ history: SampleHistory, to name: String = "report"
  ) throws -> (page: String, json: [String: Any]) {
    let path = folder.file(name)
    try history.run(TrainingReport(folder: path), epochs: 1...history.records.count)
    #expect(TemporaryFolder.names(in: path) == ["index.html", "report.json"])
    let page = String(decoding: readFile(path + "/index.html"), as: UTF8.self)
    let json = try JSONSerialization.jsonObject(with: Data(readFile(path + "/report.json")))
    return (page, try #require(json as? [String: Any]))
  }

  @Test(arguments: [2, 10, 100, 130]) func pagesAreWellFormedAndNeedNothingElse(classes: Int) throws {
    let labels = (0..<classes).map { $0 == 1 ? hostile : "class \($0)" }
    let (page, json) = try report(SampleHistory(labels: labels, epochs: 30))
    let parsed = try ParsedPage(page)
    #expect(parsed.count("script") == 0)
    #expect(parsed.count("link") == 0)
    #expect(parsed.sources.allSatisfy { $0.hasPrefix("data:image/png;base64,") })
    #expect(parsed.count("svg") == (classes > 30 ? 7 : 9))
    #expect(parsed.text.contains(hostile))
    #expect((json["epochs"] as? [Any])?.count == 30)
    #expect(json["best_epoch"] as? Int == 27)
    let validation = try #require(json["validation"] as? [String: Any])
    #expect((validation["classes"] as? [Any])?.count == classes)
    #expect((validation["confusion"] as? [[Int]])?.joined().reduce(0, +) == 20 * classes)
  }

  @Test func chartsOfAReportHaveOneAxisOfEpochs() {
    let history = SampleHistory(labels: ["a", "b"], epochs: 7)
    var trace = StepTrace()
    trace.add(1, at: 0.05)
    let content = ReportContent(
      outline: history.outline, records: history.records, best: history.best, trace: trace)
    #expect(content.curves(width: 720).map(\.horizontal.range) == [0...7, 0...7, 0...7])
  }

  @Test func mistakesHaveTheirImages() throws {
    let planes = (0..<3072).map { UInt8(truncatingIfNeeded: $0 / 1024 * 100) }
    let records = (0..<40).flatMap { _ in [UInt8(1)] + planes }
    let path = folder.write(records, to: "data_batch_1.bin")
    let history = SampleHistory(labels: ["a", "b"], epochs: 2) { .record(path: path, index: $0) }
    let mistakes = history.best.mostConfidentMistakes(24)
    let (page, json) = try report(history)
    let sources = try ParsedPage(page).sources
    #expect(sources.count == mistakes.count)
    #expect(!sources.isEmpty)
    let data = try #require(Data(base64Encoded: String(sources[0].dropFirst(22))))
    let image = try decodeImage([UInt8](data))
    #expect(image.width == 32)
    #expect(Array(image.pixels.prefix(3)) == [0, 100, 200])
    let lines = try #require((json["validation"] as? [String: Any])?["mistakes"] as? [[String: Any]])
    #expect(lines.map { $0["input"] as? String } == mistakes.map(\.source.description))
  }

  @Test func imagesThatAreGoneAreSaidToBe() throws {
    let (page, _) = try report(SampleHistory(labels: ["a", "b"], epochs: 2))
    #expect(page.contains("cannot be read any more"))
  }

  @Test func trainingsWithoutValidationOrEpochsAreReported() throws {
    let history = SampleHistory(labels: ["a", "b"], epochs: 3)
    for count in [0, 3] {
      let reporter = try TrainingReport(folder: folder.file("report"))
      try reporter.didStart(history.outline)
      reporter.didNotice(hostile)
      var records = Array(history.records.prefix(count))
      for index in records.indices { (records[index].validation, records[index].isBest) = (nil, false) }
      try reporter.didEnd(records, best: nil)
      let page = String(decoding: readFile(folder.file("report/index.html")), as: UTF8.self)
      #expect(try ParsedPage(page).text.contains(hostile))
      #expect(page.contains(count == 0 ? "No epoch was completed." : "There was no validation set"))
    }
  }

  @Test func onlyAnEarlierReportIsReplaced() throws {
    let history = SampleHistory(labels: ["a", "b"], epochs: 2)
    _ = try report(history)
    _ = try report(history)
    let others = folder.makeFolder("photos")
    folder.write([1], to: "photos/index.html")
    #expect(throws: TrainingError(.file, "")) { try TrainingReport(folder: others) }
    folder.write(Array("{\"format\":\"other\"}".utf8), to: "photos/report.json")
    #expect(throws: TrainingError(.file, "")) { try TrainingReport(folder: others) }
    #expect(TemporaryFolder.names(in: others) == ["index.html", "report.json"])
    // A folder that appeared while the training ran.
    let late = try TrainingReport(folder: folder.file("late"))
    _ = folder.makeFolder("late")
    folder.write([1], to: "late/thesis.txt")
    #expect(throws: TrainingError(.file, "")) { try history.run(late, epochs: 1...2) }
    #expect(TemporaryFolder.names(in: folder.file("late")) == ["thesis.txt"])
    #expect(!folder.names.contains { $0.hasPrefix(".reszoo-") })
  }

  @Test func aFolderThatCannotBeMadeIsFoundAtTheStart() {
    let file = folder.write([1], to: "file")
    #expect(throws: TrainingError(.file, "")) { try TrainingReport(folder: file) }
    #expect(throws: TrainingError(.file, "")) { try TrainingReport(folder: folder.file("none/report")) }
    #expect(throws: TrainingError(.file, "")) { try TrainingReport(folder: "") }
  }

  @Test func metricsThatAreNotFiniteDoNotBreakTheReport() throws {
    let history = SampleHistory(labels: ["a", "b"], epochs: 2)
    var records = history.records
    (records[1].loss, records[1].seconds) = (.nan, .infinity)
    records[1].validation?.loss = .infinity
    let reporter = try TrainingReport(folder: folder.file("report"))
    try reporter.didStart(history.outline)
    try reporter.didEnd(records, best: history.best)
    let json = try JSONSerialization.jsonObject(with: Data(readFile(folder.file("report/report.json"))))
    let epochs = try #require((json as? [String: Any])?["epochs"] as? [[String: Any]])
    #expect(epochs[1]["loss"] == nil)
  }
}

/// What an XML parser finds in a page.
private final class ParsedPage: NSObject, XMLParserDelegate {
  private var names: [String] = []
  /// Of images.
  private(set) var sources: [String] = []
  private(set) var text = ""

  init(_ page: String) throws {
    super.init()
    let parser = XMLParser(data: Data(page.utf8))
    parser.delegate = self
    try #require(parser.parse(), "not well formed: \(String(describing: parser.parserError))")
  }

  func parser(
    _ parser: XMLParser, didStartElement name: String, namespaceURI: String?, qualifiedName: String?,
    attributes: [String: String]
  ) {
    names.append(name)
    if let source = attributes["src"] { sources.append(source) }
  }

  func parser(_ parser: XMLParser, foundCharacters characters: String) { text += characters }

  func count(_ name: String) -> Int { names.filter { $0 == name }.count }
}
