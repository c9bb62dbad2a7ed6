import Foundation
import Messages
import TestSupport
import Testing
import Training
import TrainingReports

@Suite struct StepLogTests {
  private let folder = TemporaryFolder()
  private let history = SampleHistory(labels: ["a", "b"], epochs: 4)

  private func lines(_ path: String) -> [String] {
    String(decoding: readFile(path), as: UTF8.self).split(separator: "\n").map(String.init)
  }

  private func object(_ line: String) throws -> [String: Any] {
    try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
  }

  @Test func thereIsALineForEachStepAndEachEpoch() throws {
    let path = folder.file("log.jsonl")
    try history.run(StepLog(path: path), epochs: 1...4)
    let lines = lines(path)
    #expect(lines.count == 4 * 21)
    #expect(lines.filter { $0.contains("\"step\"") }.count == 80)
    let step = try object(lines[2])
    #expect(step["step"] as? Int == 3)
    #expect(step["epoch"] as? Int == 1)
    #expect(step["learning_rate"] as? Double == 0.1)
    #expect(step["backbone_learning_rate"] as? Double == 0.01)
    #expect(step["loss"] as? Double == 2.3 / 3)
    let epoch = try object(lines[20])
    #expect(epoch["step"] == nil)
    #expect(epoch["epoch"] as? Int == 1)
    #expect(epoch["validation_top1"] as? Double == history.records[0].validation?.top1)
  }

  @Test func linesAreThereAsSoonAsAStepEnds() throws {
    let path = folder.file("log.jsonl")
    let log = try StepLog(path: path)
    try log.didStart(history.outline)
    try log.didFinish(step: history.step(1))
    #expect(lines(path).count == 1)
  }

  @Test func epochsThatAreDoneAgainAreThereOnce() throws {
    let (broken, whole) = (folder.file("broken.jsonl"), folder.file("whole.jsonl"))
    try history.run(StepLog(path: whole), epochs: 1...4)
    // Cut off within the third epoch, within a line.
    let cut = lines(whole).prefix(50).joined(separator: "\n").utf8.dropLast(7)
    writeFile(Array(cut), to: broken)
    try history.run(StepLog(path: broken), epochs: 3...4)
    #expect(readFile(broken) == readFile(whole))
    // The last epoch's line was not written any more, but its state was saved.
    writeFile(Array(lines(whole).prefix(41).map { $0 + "\n" }.joined().utf8), to: broken)
    try history.run(StepLog(path: broken), epochs: 3...4)
    #expect(lines(broken).count == 41 + 42)
    try history.run(StepLog(path: broken), epochs: 1...4)
    #expect(readFile(broken) == readFile(whole))
  }

  @Test func whatIsNoLogIsNotTouched() throws {
    let path = folder.write(Array("dear diary\n".utf8), to: "diary.txt")
    #expect(throws: TrainingError(.file, "")) { try StepLog(path: path) }
    #expect(readFile(path) == Array("dear diary\n".utf8))
  }

  @Test(arguments: [
    "{\n  \"name\": \"mine\"\n}\n", "{\"path\":\"a.png\",\"label\":\"a\"}\n", "{\"epochs\":3}", "{",
    "{\"accuracy\":0.93,\"thesis\":\"my only copy\"}", "{\"accuracy\":0.93}",
    "{\"accuracy\":0.93,\"epoch\":[",
    "{\"accuracy\":0.93,\"thesis\":1", "{\"accuracy\":0.93,,", "{\"accuracy\":\"high\"",
    "{\"epoch\":1,\"images\":2,\"step\":3,\"thesis\":\"my only copy\"}\n",
    "{\"epoch\":1,\"images\":2,\"is_best\":true,\"name\":\"a\",\"steps\":3}\n",
  ])
  func otherJSONIsNotTouched(text: String) throws {
    let path = folder.write(Array(text.utf8), to: "other.json")
    #expect(throws: TrainingError(.file, "")) { try StepLog(path: path) }
    #expect(readFile(path) == Array(text.utf8))
  }

  @Test func aLogOfOneBrokenLineIsALog() throws {
    let path = folder.file("log.jsonl")
    try history.run(StepLog(path: path), epochs: 1...1)
    let whole = readFile(path)
    let line = whole.firstIndex(of: 0x0A) ?? 0
    for count in [12, 15, 20, 30, line - 8, line] {
      writeFile(Array(whole.prefix(count)), to: path)
      try history.run(StepLog(path: path), epochs: 1...1)
      #expect(readFile(path) == whole)
    }
  }

  @Test func aLogThatCannotBeWrittenIsFoundAtTheStart() {
    #expect(throws: TrainingError(.file, "")) { try StepLog(path: folder.file("none/log.jsonl")) }
    #expect(throws: TrainingError(.file, "")) { try StepLog(path: folder.path) }
    #expect(throws: TrainingError(.file, "")) { try StepLog(path: "") }
  }

  @Test func whatIsNotFiniteIsLeftOut() throws {
    let path = folder.file("log.jsonl")
    let log = try StepLog(path: path)
    try log.didStart(history.outline)
    var step = history.step(1)
    (step.loss, step.gradientNorm) = (.nan, .infinity)
    try log.didFinish(step: step)
    let line = try object(lines(path)[0])
    #expect(line["loss"] == nil)
    #expect(line["gradient_norm"] == nil)
    #expect(line["accuracy"] as? Double == 0.5)
  }
}
