import Foundation
import TestSupport
import Testing

@testable import ResZoo

/// Studies of tiny networks on images of one grey.
@Suite struct TrainingStudyTests {
  private let folder = TemporaryFolder()
  private let data: StudyData

  init() throws {
    let images = TemporaryFolder()
    ImageSamples.write([("dark", 6), ("light", 6)], to: images)
    // In memory, as the folder of the images goes.
    let set = try ImageSet(path: images.path)
    let sources = set.sources.map { ImageSource.data(name: $0.path, bytes: readFile($0.path)) }
    let held = ImageSet(sources: sources, labels: set.labels, labelOfSource: set.labelOfSource)
    data = StudyData(name: "greys", training: held, test: held)
  }

  private func network(_ name: String, blocks: Int, shortcut: Architecture.Shortcut = .none) -> StudyNetwork {
    StudyNetwork(
      name,
      Architecture(
        input: Architecture.Input(height: 8, width: 8), stem: .conv3x3(width: 4),
        stages: [Architecture.Stage(blocks: blocks, width: 4, stride: 1)], block: .basic, shortcut: shortcut,
        classes: 7))
  }

  private var networks: [StudyNetwork] { [network("shallow", blocks: 1), network("deep", blocks: 2)] }

  private func study(
    _ output: String, _ networks: [StudyNetwork]? = nil, epochs: Int = 3
  ) throws -> TrainingStudy {
    var recipe = TrainingStudy.recipe(epochs: epochs)
    recipe.batch = 4
    recipe.threads = 1
    recipe.workers = 0
    return try TrainingStudy(
      degradationOf: networks ?? self.networks, data: data, recipe: recipe, output: folder.file(output))
  }

  private func finished(_ study: TrainingStudy) throws -> TrainingStudyResult {
    guard case .finished(let result) = try study.run() else { throw Unfinished() }
    return result
  }

  private struct Unfinished: Error {}

  /// The numbers of a result without the times.
  private func numbers(_ result: TrainingStudyResult) -> [StudyRun] {
    result.runs.map { run in
      var run = run
      for index in run.epochs.indices { run.epochs[index].seconds = 0 }
      return run
    }
  }

  private func page(_ output: String) -> String {
    String(decoding: readFile(folder.file("\(output)/index.html")), as: UTF8.self)
  }

  @Test func `an interrupted study ends with the same numbers and networks`() throws {
    let whole = try finished(try study("whole"))
    let cut = try study("cut")
    // Each run may do a few steps; validation asks too.
    for limit in [2, 5, 9, 14] {
      var asked = 0
      let outcome = try cut.run(shouldStop: {
        asked += 1
        return asked > limit
      })
      guard case .interrupted(let result) = outcome else { throw Unfinished() }
      #expect(result.runs.count < 2)
    }
    let resumed = try finished(cut)
    #expect(numbers(resumed) == numbers(whole))
    #expect(resumed.runs.map(\.epochs.count) == [3, 3])
    for name in ["shallow-seed0.rzoo", "deep-seed0.rzoo"] {
      let bytes = readFile(folder.file("cut.training/\(name)"))
      #expect(!bytes.isEmpty && bytes == readFile(folder.file("whole.training/\(name)")))
    }
    #expect(
      TemporaryFolder.names(in: folder.file("cut.training")).filter { $0.hasSuffix(".training") } == [])
  }

  @Test func `a process that ends between the checkpoint and the record loses nothing`() throws {
    let whole = try finished(try study("whole"))
    let cut = try study("cut")
    let last = LastMoment()
    #expect(throws: TrainingError(.file, "")) {
      try cut.run { place in place.network == "deep" ? [last] : [] }
    }
    #expect(last.steps == 9)
    writeFile([], to: folder.file("cut.training/.reszoo-0123456789abcdef.tmp"))
    let counter = LastMoment()
    counter.fails = false
    guard case .finished(let result) = try cut.run(observing: { _ in [counter] }) else { throw Unfinished() }
    #expect(counter.steps == 0)
    #expect(numbers(result) == numbers(whole))
    // Without its record and its state a network is trained anew.
    try FileManager.default.removeItem(atPath: folder.file("cut.training/deep-seed0.json"))
    #expect(try numbers(finished(cut)) == numbers(whole))
  }

  /// Counts steps, and fails when the checkpoint has been written.
  private final class LastMoment: TrainingObserver {
    var steps = 0
    var fails = true

    func didFinish(step: StepRecord) { steps += 1 }

    func didEnd(_ records: [EpochRecord], best: ValidationResult?) throws(TrainingError) {
      if fails { throw TrainingError(.file, "the end") }
    }
  }

  @Test func `more networks and seeds use what is there`() throws {
    _ = try finished(try study("s"))
    var more = try study("s", networks + [network("deeper", blocks: 3)])
    more.seeds = [0, 1]
    var begun: [String] = []
    let outcome = try more.run { place in
      begun.append("\(place.number)/\(place.count) \(place.network) \(place.seed)")
      return []
    }
    guard case .finished(let result) = outcome else { throw Unfinished() }
    #expect(begun == ["3/6 deeper 0", "4/6 shallow 1", "5/6 deep 1", "6/6 deeper 1"])
    #expect(result.runs.map(\.seed) == [0, 1, 0, 1, 0, 1])
    #expect(result.differences[0].filter { $0.measure == .training }.map(\.seeds) == [2, 2])
    #expect(page("s").contains("rz-band rz-f"))
  }

  @Test func `another recipe or another network is refused until it is discarded`() throws {
    _ = try finished(try study("s"))
    var other = try study("s", epochs: 2)
    let refusal = #expect(throws: TrainingError(.state, "")) { try other.run() }
    #expect(refusal?.message.contains("'epochs' was 3 and is 2") == true)
    #expect(refusal?.message.contains("milestones") == true)
    let renamed = try study("s", [network("shallow", blocks: 2)])
    let second = #expect(throws: TrainingError(.state, "")) { try renamed.run() }
    #expect(second?.message.contains("another network named 'shallow'") == true)
    other.restarts = true
    // What no study trained there is not discarded with it.
    let foreign = [
      "precious-seed7.rzoo", "own-seed1.json", ".reszoo-notes", ".reszoo-0123456789abcdef.tmp.txt",
    ]
    for name in foreign {
      let path = folder.write([1], to: "s.training/\(name)")
      let refusal = #expect(throws: TrainingError(.state, "")) { try other.run() }
      #expect(refusal?.message.contains(name.hasPrefix(".") ? "holds other files" : name) == true)
      #expect(readFile(path) == [1])
      try FileManager.default.removeItem(atPath: path)
    }
    #expect(try finished(other).runs.map(\.epochs.count) == [2, 2])
  }

  @Test func `a folder of other files is left alone`() throws {
    _ = folder.makeFolder("s.training")
    folder.write([1], to: "s.training/letter.txt")
    #expect(throws: TrainingError(.state, "")) { try study("s").run() }
    _ = folder.makeFolder("t")
    folder.write([1], to: "t/letter.txt")
    #expect(throws: (any Error).self) { try study("t").run() }
    #expect(!FileManager.default.fileExists(atPath: folder.file("t.training")))
    #expect(throws: TrainingError(.options, "")) { try study("u", [networks[0], networks[0]]) }
    #expect(throws: TrainingError(.options, "")) { try study("u", []) }
  }

  @Test func `the page has the conclusion, figures, sizes and how it was made`() throws {
    var study = try study("s", networks + [network("other", blocks: 1, shortcut: .projection)])
    study.facts.command = ["reszoo", "study", "degradation"]
    let result = try finished(study)
    let text = page("s")
    #expect(result.conclusions.count == 2 && result.conclusions.allSatisfy { text.contains($0.prefix(40)) })
    for words in [
      "Training error</text>", "Test error</text>", "Loss</text>", "Accuracy</text>", "multiply-adds",
      "reszoo study degradation", "greys", "milestones", "from shallow to deep",
    ] { #expect(text.contains(words), "\(words)") }
    #expect(!text.contains("trainings are done") && !text.contains("<script"))
    // Three convolutions with their norms, and the head of two classes.
    let size = try networks[0].size(classes: 2)
    #expect(size.layers == 4 && size.parameters == 4 * 27 + 2 * 4 * 36 + 3 * 8 + 10)
    let record = try #require(
      try JSONSerialization.jsonObject(with: Data(readFile(folder.file("s/study.json")))) as? [String: Any])
    let numbers = try #require(record["numbers"] as? [String: Any])
    #expect(numbers["complete"] as? Bool == true)
    #expect((numbers["networks"] as? [[String: Any]])?.count == 3)
    #expect((record["facts"] as? [String: Any])?["images"] as? Int == 12)
  }

  @Test func `an interrupted study has a page of what is done`() throws {
    let cut = try study("s")
    var begun = 0
    let outcome = try cut.run { _ in
      begun += 1
      return []
    } shouldStop: {
      begun == 2
    }
    guard case .interrupted(let result) = outcome else { throw Unfinished() }
    #expect(result.runs.map(\.network) == ["shallow"])
    #expect(page("s").contains("1 of 2 trainings are done"))
  }

  @Test func `one network has a page of its own`() throws {
    let result = try finished(try study("s", [networks[0]]))
    #expect(result.conclusions.map { $0.prefix(18) } == ["shallow ends with "])
    #expect(page("s").contains("<h1>Training of shallow</h1>"))
  }

  @Test func `a training whose numbers become infinite is told and left out`() throws {
    var study = try study("s")
    study.recipe.rates = LearningRates(head: 1e30)
    let result = try finished(study)
    #expect(result.runs.allSatisfy { $0.failure != nil && $0.trainingError == nil })
    #expect(result.conclusions == ["No network was trained to the end."])
    #expect(page("s").contains("shallow, seed 0, did not end"))
    #expect(try numbers(finished(study)) == numbers(result))
  }

  @Test func `the answers to each question differ in what it asks`() throws {
    for name in ShortcutQuestion.Name.allCases {
      let question = try ShortcutQuestion(name)
      #expect(question.entries.count >= 2)
      for entry in question.entries { _ = try entry.network.size(classes: 10) }
    }
    let bottleneck = try ShortcutQuestion(.bottleneck).entries.map { try $0.network.size(classes: 10) }
    #expect(bottleneck.map(\.layers) == [20, 29, 29])
    #expect(bottleneck[1].parameters < bottleneck[0].parameters)
    let questions = try ShortcutQuestion.Name.allCases.map { try ShortcutQuestion($0) }
    let all = try TrainingStudy(questions, data: data, output: folder.file("s"))
    #expect(all.networks.count == 8 && Set(all.networks.map(\.name)).count == 8)
    #expect(all.comparisons.map(\.measure) == [.test, .test, .test, .test])
  }

  @Test func `a data set without a part to test with gives a fifth`() throws {
    let set = TemporaryFolder()
    ImageSamples.write([("a", 10), ("b", 10)], to: set)
    let data = try StudyData(path: set.path)
    #expect(data.training.count == 16 && data.test.count == 4)
    #expect(data.remarks.contains { $0.description.contains("a fifth of each class, 4 images") })
    let part = try StudyData(path: set.path, limit: 6)
    #expect(part.training.countOfLabel == [3, 3] && part.test.count == 4)
    #expect(part.remarks.contains { $0.description.contains("6 of 16 images to train on") })
    let all = try StudyData(path: set.path, limit: 600)
    #expect(all.training.count == 16)
    #expect(all.remarks.contains { $0.description.contains("so all are taken, not 600") })
    #expect(throws: DatasetError(.options, "")) { try StudyData(path: set.path, limit: 1) }
    #expect(data.remarkOnSize(.cifar10)?.description.contains("4×4 pixels") == true)
  }
}
