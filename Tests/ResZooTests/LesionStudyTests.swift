import Foundation
import TestSupport
import Testing

@testable import ResZoo

@Suite struct LesionStudyTests {
  private let folder = TemporaryFolder()
  private let set: ImageSet

  init() {
    let names = ["photo.jpg", "rgb-8.png", "gray-8.png", "420.jpg", "cmyk.jpg", "palette-8.png"]
    set = ImageSet(
      sources: (names + names.reversed()).map { .file(path: SampleImages.path($0)) },
      labels: ["a", "b", "c", "d"], labelOfSource: (0..<12).map { $0 % 4 })
  }

  private func subject(
    _ name: String = "net", seed: UInt64 = 2, _ change: (inout Architecture) -> Void = { _ in }
  ) throws -> StudySubject {
    var architecture = Architecture.tiny
    change(&architecture)
    return StudySubject(name: name, model: try Model(untrained: architecture, seed: seed))
  }

  @Test func `answers are those of an evaluation of the network without the blocks`() throws {
    let subject = try subject()
    let study = try LesionStudy(of: [subject], on: set, options: .init(draws: 2, seed: 3))
    let network = study.networks[0]
    #expect(network.images == 12 && network.whole.without.isEmpty)
    #expect(network.lesions.map(\.without.count) == [1, 1, 1, 1, 2, 2, 3, 3, 4])
    let blocks = RemovableBlocks(subject.model)
    for lesion in [network.whole] + network.lesions {
      let model = try #require(try blocks.model(without: Set(lesion.without)))
      var answers: [Int?] = []
      let evaluation = try Classifier(model).evaluate(set, progress: nil) { image in
        answers.append(try? image.outcome.get().top.first?.index)
      }
      #expect(lesion.answers == answers)
      #expect(lesion.correct == evaluation.correct)
    }
  }

  @Test func `neither threads nor the memory of inputs change an answer`() throws {
    let subject = try subject()
    let want = try LesionStudy(of: [subject], on: set, options: .init(threads: 1)).networks
    #expect(try LesionStudy(of: [subject], on: set, options: .init(threads: 3)).networks == want)
    #expect(try LesionStudy(of: [subject], on: set, options: .init(inputLimit: 1)).networks == want)
  }

  @Test func `an interrupted study goes on to the same numbers`() throws {
    let subjects = [try subject("a"), try subject("b", seed: 5) { $0.shortcut = .none }]
    let want = try LesionStudy(of: subjects, on: set).networks
    let path = folder.file("study.partial")
    struct Stop: Error {}
    #expect(throws: Stop.self) {
      try LesionStudy(of: subjects, on: set, keeping: path) { if $0.lesion == 6 { throw Stop() } }
    }
    // The last line is torn, as by a loss of power.
    let bytes = readFile(path)
    writeFile(Array(bytes.dropLast(9)), to: path)
    var first: LesionStudy.Progress?
    let rest = try LesionStudy(of: subjects, on: set, keeping: path) { first = first ?? $0 }
    #expect(first?.lesion == 5 && first?.kept == 4)
    #expect(rest.kept == 4 && rest.networks == want)
    #expect(rest.earlierSeconds > 0)
    // Everything is there: nothing runs.
    let whole = try LesionStudy(of: subjects, on: set, keeping: path)
    #expect(whole.kept == want.reduce(0) { $0 + 1 + $1.lesions.count } && whole.networks == want)
    rest.removeKept()
    #expect(!folder.names.contains { $0.hasPrefix("study.partial") })
  }

  @Test func `answers of other weights, other images or another preparation are not used`() throws {
    let path = folder.file("study.partial")
    let subject = try subject()
    _ = try LesionStudy(of: [subject], on: set, keeping: path)
    #expect(try LesionStudy(of: [subject], on: set, keeping: path).kept == 12)
    #expect(try LesionStudy(of: [self.subject(seed: 9)], on: set, keeping: path).kept == 0)
    #expect(try LesionStudy(of: [subject], on: set, options: .init(images: 8), keeping: path).kept == 0)
    #expect(
      try LesionStudy(of: [subject], on: set, options: .init(ignoresExif: true), keeping: path).kept == 0)
    // Other sets of blocks take what is there.
    #expect(
      try LesionStudy(of: [subject], on: set, options: .init(draws: 1, seed: 8), keeping: path).kept >= 6)
  }

  @Test func `answers that the network cannot give are not used`() throws {
    let path = folder.file("study.partial")
    let want = try LesionStudy(of: [subject()], on: set, keeping: path).networks
    let text = String(decoding: readFile(path), as: UTF8.self)
    writeFile(Array(text.replacing(/"answers":\[\d+/, with: "\"answers\":[99").utf8), to: path)
    let again = try LesionStudy(of: [subject()], on: set, keeping: path)
    #expect(again.kept == 0 && again.networks == want)
  }

  @Test func `a file of another kind is not taken for kept answers`() throws {
    let path = folder.write(Array("mine".utf8), to: "study.partial")
    #expect(throws: (any Error).self) { try LesionStudy(of: [subject()], on: set, keeping: path) }
    #expect(readFile(path) == Array("mine".utf8))
  }

  @Test func `an image that cannot be read counts nowhere`() throws {
    let sources = [ImageSource.file(path: "/nowhere.png")] + set.sources
    let more = ImageSet(sources: sources, labels: set.labels, labelOfSource: [0] + set.labelOfSource)
    let want = try LesionStudy(of: [subject()], on: set).networks[0]
    for limit in [1, 1 << 30] {
      let study = try LesionStudy(of: [subject()], on: more, options: .init(inputLimit: limit))
      #expect(study.errors.map(\.input) == ["/nowhere.png"])
      #expect(study.networks[0].images == 12)
      #expect(study.networks[0].lesions.map(\.correct) == want.lesions.map(\.correct))
    }
    let none = ImageSet(sources: [sources[0]], labels: set.labels, labelOfSource: [0])
    #expect(throws: LesionError(.images, nil, "")) { try LesionStudy(of: [subject()], on: none) }
  }

  @Test func `what cannot be studied is refused with its reason`() throws {
    let rigid = try subject {
      $0.shortcut = .none
      $0.stages = [.init(blocks: 1, width: 16, stride: 2)]
    }
    #expect(throws: LesionError(.network, nil, "")) { try LesionStudy(of: [rigid], on: set) }
    #expect(throws: LesionError(.network, nil, "")) {
      try LesionStudy(of: [subject { $0.answer = .several }], on: set)
    }
    #expect(throws: LesionError(.options, nil, "")) {
      try LesionStudy(of: [subject()], on: set, options: .init(draws: 0))
    }
    let other = ImageSet(sources: set.sources, labels: ["a", "b"], labelOfSource: (0..<12).map { $0 % 2 })
    #expect(throws: DatasetError(.data, "")) { try LesionStudy(of: [subject()], on: other) }
  }

  /// A network of which each lesion leaves so many of 100 images right.
  private func network(
    _ name: String, isPlain: Bool = false, isUntrained: Bool = false, whole: Int,
    _ lesions: [(Int, Int)]
  ) -> LesionStudy.Network {
    let blocks = (0..<4).map { RemovableBlocks.Block(path: "layer1.\($0)", obstacle: nil) }
    return LesionStudy.Network(
      name: name, isPlain: isPlain, isUntrained: isUntrained, blocks: blocks, images: 100, truths: [],
      labels: [], whole: .init(without: [], correct: whole, answers: []),
      lesions: lesions.map { size, correct in
        .init(without: blocks.prefix(size).map(\.path), correct: correct, answers: [])
      })
  }

  @Test func `conclusions follow from the numbers`() throws {
    let soft = network("soft", whole: 90, [(1, 88), (1, 80), (1, 86), (1, 87), (2, 70), (3, 50)])
    let hard = network("hard", isPlain: true, whole: 80, [(1, 10), (1, 12), (1, 10), (1, 20), (2, 10)])
    #expect(LesionStudy.paths(of: soft).contains("2^4 = 16 paths"))
    #expect(LesionStudy.paths(of: hard).contains("form one path"))
    let drops = try #require(LesionStudy.drops(of: soft))
    #expect(drops.contains("3.5 points in the median and 10.0 points (layer1.0) at most; 3 of 4 blocks"))
    #expect(try #require(LesionStudy.sets(of: soft)).contains("stays above half"))
    #expect(
      try #require(LesionStudy.sets(of: hard)).contains("falls below half of the whole network's at 1 block"))
    let verdict = try #require(LesionStudy.comparison([soft, hard]))
    #expect(verdict.contains("3.5 points with shortcuts, 69.0 points without: a block"))
    #expect(verdict.contains("costs less"))
    let turned = network("turned", isPlain: true, whole: 80, [(1, 80)])
    #expect(try #require(LesionStudy.comparison([turned, soft])).contains("costs more"))
    #expect(LesionStudy.comparison([soft]) == nil)
    // Random weights say nothing about shortcuts.
    let random = network("random", isPlain: true, isUntrained: true, whole: 10, [(1, 10)])
    #expect(LesionStudy.comparison([soft, random]) == nil)
    #expect(LesionStudy.powerOfTwo(54) == "1.8·10^16" && LesionStudy.powerOfTwo(10) == "1,024")
  }

  @Test func `the record has every lesion`() throws {
    let study = try LesionStudy(of: [subject()], on: set, options: .init(draws: 2))
    try study.write(to: folder.file("study"))
    let record = try #require(
      try JSONSerialization.jsonObject(with: Data(readFile(folder.file("study/study.json"))))
        as? [String: Any])
    let networks = try #require((record["numbers"] as? [String: Any])?["networks"] as? [[String: Any]])
    let lesions = try #require(networks[0]["lesions"] as? [[String: Any]])
    #expect(lesions.map { $0["correct"] as? Int } == study.networks[0].lesions.map(\.correct))
    #expect(lesions.map { $0["without"] as? [String] } == study.networks[0].lesions.map(\.without))
    #expect(networks[0]["paths_log2"] as? Int == 4)
    let page = String(decoding: readFile(folder.file("study/index.html")), as: UTF8.self)
    #expect(page.contains("Without random sets of blocks") && page.contains("2^2"))
  }
}
