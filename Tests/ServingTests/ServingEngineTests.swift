import Foundation
import ImageInput
import ModelDescriptor
import ResNetModel
import ResZoo
import Serving
import TestSupport
import Testing
import Threads

@Suite struct ServingEngineTests {
  @Test(arguments: [(1, 1), (1, 8), (2, 3), (3, 4)])
  func `answers are the classifier's, whatever ran together`(threads: Int, maxBatch: Int) async throws {
    let classifier = try Self.classifier()
    let model = ServedModel(name: "m", classifier)
    let engine = ServingEngine(EngineOptions(threads: threads, maxBatch: maxBatch))
    let images = try Self.images()
    let wanted = try images.map { try classifier.classify(image: $0, top: 4) }
    try await withThrowingTaskGroup(of: Void.self) { group in
      for task in 0..<24 {
        group.addTask {
          let rows = (0...task % 5).map { (task * 7 + $0) % images.count }
          let answer = try await engine.answer(InferenceRequest(.images(rows.map { images[$0] })), of: model)
          #expect(answer.rows.count == rows.count)
          for (row, outcome) in zip(rows, answer.rows) {
            let logits = try outcome.get().logits
            for prediction in wanted[row].top {
              #expect(logits[prediction.index].bitPattern == prediction.logit.bitPattern)
            }
          }
        }
      }
      try await group.waitForAll()
    }
    let figures = model.statistics.snapshot
    #expect(figures.success.count == 24 && figures.failures.isEmpty)
    #expect(figures.rowCount == (0..<24).reduce(0) { $0 + $1 % 5 + 1 })
    #expect(figures.batches.keys.allSatisfy { $0 <= maxBatch })
    #expect(figures.wholeTimes.counts.reduce(0, +) == 24)
  }

  @Test func `an image that cannot be read has an error of its own`() async throws {
    let model = ServedModel(name: "m", try Self.classifier())
    let engine = ServingEngine(EngineOptions(threads: 2))
    let image = try Self.images()[0]
    let rows: [[UInt8]] = [image, Array("no image".utf8), [], image, Array(image.prefix(100))]
    let answer = try await engine.answer(InferenceRequest(.images(rows)), of: model)
    let codes = answer.rows.map { row -> ImageError.Code? in
      if case .failure(let error) = row { error.code } else { nil }
    }
    #expect(codes == [nil, .notAnImage, .empty, nil, .truncated])
    #expect(try answer.rows[0].get().logits == answer.rows[3].get().logits)
    #expect(model.statistics.snapshot.unreadableCount == 3)
    let broken = try await engine.answer(InferenceRequest(.images([[1]])), of: model)
    #expect(throws: ImageError.self) { try broken.rows[0].get() }
  }

  @Test func `a number that a quantized network would round to another is that row's error`() async throws {
    let root = #filePath.split(separator: "/").dropLast(3).reduce("") { $0 + "/" + $1 }
    let classifier = try Classifier(Model(contentsOf: root + "/spec/vectors/networks/quantized.rzoo"))
    let model = ServedModel(name: "m", classifier)
    let engine = ServingEngine(EngineOptions(threads: 1, maxBatch: 4))
    let count = model.inputExtents.reduce(1, *)
    var values = [Float](repeating: 0.25, count: 3 * count)
    values[count + 5] = .nan
    let answer = try await engine.answer(InferenceRequest(.tensors(values, rows: 3)), of: model)
    #expect(throws: ImageError.self) { try answer.rows[1].get() }
    #expect(try answer.rows[0].get().logits == answer.rows[2].get().logits)
  }

  @Test func `tensors give the answers of the images that they are made of`() async throws {
    let classifier = try Self.classifier()
    let model = ServedModel(name: "m", classifier)
    let engine = ServingEngine(EngineOptions(threads: 2))
    let count = model.inputExtents.reduce(1, *)
    var noise = Noise(1)
    let values = noise.floats(3 * count)
    let whole = try await engine.answer(InferenceRequest(.tensors(values, rows: 3)), of: model)
    let last = try await engine.answer(
      InferenceRequest(.tensors(Array(values.suffix(count)), rows: 1)), of: model)
    #expect(try whole.rows[2].get().logits == last.rows[0].get().logits)
    #expect(try whole.rows[0].get().logits != last.rows[0].get().logits)
    for (numbers, rows) in [(count - 1, 1), (count, 2), (0, 0)] {
      await #expect(throws: ServingError(.invalid, "")) {
        try await engine.answer(
          InferenceRequest(.tensors(Array(repeating: 0, count: numbers), rows: rows)), of: model)
      }
    }
  }

  @Test func `a request of more rows than one may have is refused, whatever they are`() async throws {
    let model = ServedModel(name: "m", try Self.classifier())
    let engine = ServingEngine(EngineOptions(threads: 1))
    for input in [
      InferenceRequest.Input.tensors([], rows: .max), .images(Array(repeating: [], count: 5000)),
    ] {
      await #expect(throws: ServingError(.tooLarge, "")) {
        try await engine.answer(InferenceRequest(input), of: model)
      }
    }
  }

  @Test func `what waits is limited in requests and in bytes`() async throws {
    let model = ServedModel(name: "m", try Self.classifier())
    let image = try Self.images()[0]
    let engine = ServingEngine(
      EngineOptions(
        threads: 1, maxBatch: 64, maxDelay: .seconds(60), queueLimit: 3, byteLimit: 5 * image.count))
    let answers = Answers()
    func submit(_ count: Int) -> Submission {
      engine.submit(InferenceRequest(.images(Array(repeating: image, count: count))), to: model) {
        answers.add($0)
      }
    }
    let first = submit(4)
    _ = submit(2)
    #expect(answers.codes == [.full])
    _ = submit(6)
    #expect(answers.codes == [.full, .tooLarge])
    first.cancel()
    #expect(answers.codes.last == .cancelled)
    #expect(engine.waitingCount == 0)
    for _ in 0..<4 { _ = submit(1) }
    #expect(engine.waitingCount(of: model) == 3)
    #expect(answers.codes == [.full, .tooLarge, .cancelled, .full])
    // What was taken is answered, and nothing else is taken.
    engine.stop()
    _ = submit(1)
    #expect(answers.wait(for: 8).filter { $0 == .stopping }.count == 1)
    #expect(answers.codes.filter { $0 == nil }.count == 3)
    #expect(
      model.statistics.snapshot.failures.mapValues(\.count) == [
        .full: 2, .tooLarge: 1, .cancelled: 1, .stopping: 1,
      ])
  }

  @Test func `a request that is too late is not run`() async throws {
    let model = ServedModel(name: "m", try Self.classifier())
    let engine = ServingEngine(EngineOptions(threads: 1, maxBatch: 64, maxDelay: .seconds(3600)))
    let image = try Self.images()[0]
    let start = ContinuousClock.now
    // Without its deadline a request would wait for an hour.
    for moment in [start, start + .milliseconds(30)] {
      await #expect(throws: ServingError(.expired, "")) {
        try await engine.answer(InferenceRequest(.images([image]), deadline: moment), of: model)
      }
    }
    #expect(model.statistics.snapshot.rowCount == 0)
  }

  @Test func `a task that is cancelled gives its request up`() async throws {
    let model = ServedModel(name: "m", try Self.classifier())
    let engine = ServingEngine(EngineOptions(threads: 1, maxBatch: 64, maxDelay: .seconds(60)))
    let image = try Self.images()[0]
    let task = Task { try await engine.answer(InferenceRequest(.images([image])), of: model) }
    while engine.waitingCount == 0 { await Task.yield() }
    task.cancel()
    await #expect(throws: ServingError(.cancelled, "")) { try await task.value }
    #expect(engine.waitingCount == 0)
  }

  @Test func `rows wait for a batch no longer than they may`() async throws {
    let model = ServedModel(name: "m", try Self.classifier())
    let engine = ServingEngine(EngineOptions(threads: 1, maxBatch: 4, maxDelay: .milliseconds(40)))
    let image = try Self.images()[0]
    let alone = try await engine.answer(InferenceRequest(.images([image])), of: model)
    #expect(alone.times.queue >= .milliseconds(40))
    let full = try await engine.answer(
      InferenceRequest(.images(Array(repeating: image, count: 4))), of: model)
    #expect(full.times.queue < .milliseconds(40))
    #expect(Set(model.statistics.snapshot.batches.keys) == [1, 4])
  }

  @Test func `a model whose name has gone to another is not kept`() async throws {
    let engine = ServingEngine(EngineOptions(threads: 2))
    let image = try Self.images()[0]
    weak var gone: ServedModel?
    do {
      let model = ServedModel(name: "m", try Self.classifier())
      gone = model
      for _ in 0..<3 { _ = try await engine.answer(InferenceRequest(.images([image])), of: model) }
    }
    // A worker may still hold what it has just answered.
    for _ in 0..<1000 where gone != nil { try await Task.sleep(for: .milliseconds(5)) }
    #expect(gone == nil)
  }

  @Test func `models share the processors`() async throws {
    let models = try (0..<3).map { ServedModel(name: "\($0)", try Self.classifier()) }
    let engine = ServingEngine(EngineOptions(threads: 2, maxBatch: 2))
    let images = try Self.images()
    let answers = Answers()
    // The first model has far more to do than the others, which do not wait for all of it.
    let crowd = 60
    for _ in 0..<crowd {
      engine.submit(InferenceRequest(.images([images[0]])), to: models[0]) { _ in }
    }
    for model in models.dropFirst() {
      engine.submit(InferenceRequest(.images([images[1]])), to: model) { answers.add($0) }
    }
    #expect(answers.wait(for: 2) == [nil, nil])
    #expect(models[0].statistics.snapshot.rowCount < crowd)
    engine.stop()
  }

  // MARK: Support

  /// Answers of requests as they come: nil for a success.
  private final class Answers: Sendable {
    private let kept = Locked<[ServingError.Code?]>([])

    var codes: [ServingError.Code?] { kept.withLock { $0 } }

    func add(_ result: Result<InferenceAnswer, ServingError>) {
      let code: ServingError.Code? = if case .failure(let error) = result { error.code } else { nil }
      kept.withLock { $0.append(code) }
    }

    /// Waits until there are so many, or for half a minute.
    func wait(for count: Int) -> [ServingError.Code?] {
      let end = ContinuousClock.now + .seconds(30)
      while codes.count < count, ContinuousClock.now < end { usleep(1000) }
      return codes
    }
  }

  private static func classifier() throws -> Classifier {
    var architecture = try Architecture.preset(named: "small_resnet18", classes: 4)
    architecture.name = nil
    return try Classifier(
      Model(untrained: architecture, labels: nil, seed: 2), options: Classifier.Options(threads: 1))
  }

  /// Images that tools/fixtures/make_image_fixtures.py drew.
  private static func images() throws -> [[UInt8]] {
    let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .appending(path: "ImageInputTests/Fixtures")
    return try ["photo.jpg", "rgb-8.png", "gray-8.png", "420.jpg", "cmyk.jpg", "palette-8.png", "exif-6.jpg"]
      .map { [UInt8](try Data(contentsOf: folder.appending(path: $0))) }
  }
}
