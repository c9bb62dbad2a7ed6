import Charts
import Foundation
import ImageInput
import Messages
import TensorCore
import TestSupport
import Testing
import Training

@testable import TrainingReports

@Suite struct TensorBoardTests {
  private let folder = TemporaryFolder()

  /// The records of an event file, their framing checked.
  private func records(_ path: String) throws -> [[UInt8]] {
    let bytes = readFile(path)
    var reader = ByteReader(bytes.rawBytes)
    var records: [[UInt8]] = []
    while reader.remaining > 0 {
      let length = try reader.readBytes(8)
      #expect(try reader.read(UInt32.self) == EventFile.maskedChecksum(length))
      let record = try reader.readBytes(length.reversed().reduce(0) { $0 << 8 | Int($1) })
      #expect(try reader.read(UInt32.self) == EventFile.maskedChecksum(record))
      records.append(record)
    }
    return records
  }

  private func only(_ path: String) throws -> String {
    let name = try #require(TemporaryFolder.names(in: path).last)
    return path + "/" + name
  }

  /// `tools/fixtures/tensorboard_events.py fixture` made Fixtures/events.tfevents with TensorBoard's own messages and writer.
  @Test func eventsAreTheBytesThatTensorBoardWrites() throws {
    let fixture = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .appending(path: "Fixtures/events.tfevents").path
    let events = [
      EventMessages.fileVersion(wallTime: 1_700_000_000.25),
      EventMessages.summary(
        wallTime: 1_700_000_001.5, step: 300,
        [EventMessages.scalar("step/loss", 2.25), EventMessages.scalar("step/accuracy", 0)]),
      EventMessages.sessionStart(wallTime: 1_700_000_002, step: 201),
      EventMessages.summary(
        wallTime: 1_700_000_003, step: 1 << 40,
        [EventMessages.image("sample", width: 300, height: 2, png: [0x89, 0x50, 0x4E, 0x47])]),
      EventMessages.summary(wallTime: 1_700_000_004, step: 0, [EventMessages.text("options", "| a | b |")]),
    ]
    #expect(events.flatMap { EventFile.frame($0.bytes) } == readFile(fixture))
  }

  @Test func aRunIsOneFileOfWholeRecords() throws {
    let run = folder.file("runs/first")
    var time = 1_700_000_000.0
    let history = SampleHistory(labels: ["ants|bees", "<b>"], epochs: 3)
    let log = try TensorBoardLog(folder: run) {
      time += 1
      return time
    }
    try history.run(log, epochs: 1...3)
    let path = try only(run)
    #expect(path.contains("/events.out.tfevents.1700000001."))
    // The version, the start, the options, and one for each step and epoch.
    #expect(try records(path).count == 3 + 60 + 3)
    let text = String(decoding: readFile(path), as: UTF8.self)
    for tag in [
      "step/loss", "loss/validation", "accuracy/training", "validation/confusion", "learning_rate/head",
    ] {
      #expect(text.contains(tag), "\(tag)")
    }
    #expect(!text.contains("ants|bees"))
  }

  @Test func aResumedRunHasAnotherFile() throws {
    let history = SampleHistory(labels: ["a", "b"], epochs: 3)
    try history.run(TensorBoardLog(folder: folder.path) { 1_700_000_000 }, epochs: 1...2, ends: false)
    try history.run(TensorBoardLog(folder: folder.path) { 1_700_000_000 }, epochs: 2...3)
    #expect(folder.names.count == 2)
    let second = try records(folder.file(folder.names[1]))
    #expect(second[1] == EventMessages.sessionStart(wallTime: 1_700_000_000, step: 21).bytes)
  }

  /// TensorBoard lets what comes again take the place of what was there, but for texts: the options are not written again.
  @Test func aRunThatWasStoppedInItsFirstEpochBeginsAtStepZero() throws {
    let history = SampleHistory(labels: ["a", "b"], epochs: 1)
    for isResumed in [false, true] {
      let log = try TensorBoardLog(folder: folder.path) { 1_700_000_000 }
      try history.run(log, epochs: 1...1, isResumed: isResumed)
    }
    let files = try folder.names.map { try records(folder.file($0)) }
    let start = EventMessages.sessionStart(wallTime: 1_700_000_000, step: 0).bytes
    #expect(files.map { $0[1] } == [start, start])
    #expect(files.map(\.count) == [3 + 20 + 1, 2 + 20 + 1])
    // A folder that has nothing of the run gets its options too.
    try history.run(TensorBoardLog(folder: folder.file("new")), epochs: 1...1, isResumed: true)
    #expect(try records(only(folder.file("new"))).count == 3 + 20 + 1)
  }

  @Test func aFolderThatCannotBeMadeIsFoundAtTheStart() {
    let path = folder.write([1], to: "file")
    #expect(throws: TrainingError(.file, "")) { try TensorBoardLog(folder: path + "/run") }
    #expect(throws: TrainingError(.file, "")) { try TensorBoardLog(folder: "") }
  }

  @Test func sheetsShowWhatCanBeRead() throws {
    let image = Thumbnail(width: 2, height: 1, pixels: [255, 0, 0, 0, 255, 0])
    let sheet = MistakeSheet([image, nil, image, nil, image]).pixels
    #expect(sheet.width == 4 * 104)
    #expect(sheet.pixels.count == 3 * sheet.width * sheet.height)
    let place = 3 * (sheet.width * 64 + 10)
    #expect(Array(sheet.pixels[place..<place + 3]) == [255, 0, 0])
  }
}
