import Foundation
import TestSupport
import Testing
import Threads

@testable import ImageInput
@testable import ResZoo

/// Names, drawings and windows of explanations.
@Suite struct ExplainerTests {
  @Test func `names are those of the images, and all different`() {
    let images = ["a/cat.jpg", "b/cat.png", "dog", ".png", "-", "cat (2).gif"].map {
      ImageSource.file(path: $0)
    }
    #expect(
      ExplanationNames(images, []).stems.flatMap(\.self) == [
        "cat", "cat (2)", "dog", ".png", "image", "cat (2) (2)",
      ])
    let answers = [ExplainedAnswer(3), ExplainedAnswer(0, isNo: true), ExplainedAnswer(3, comparedWith: 1)]
    #expect(
      ExplanationNames([.file(path: "cat.jpg")], answers).stems == [
        ["cat.class3", "cat.class0no", "cat.class3-1"]
      ])
    let long = ExplanationNames([.file(path: String(repeating: "ä", count: 300) + ".png")], answers).stems[0]
    #expect(long.allSatisfy { $0.utf8.count <= 250 && $0.hasPrefix("ää") })
  }

  @Test(arguments: ["/", ".", "/."])
  func `a mark that combines with a byte of a path hides none of its parts`(
    _ end: String
  ) {
    let images = ["a\(end)\u{301}b", "../x\(end)\u{338}y.png"].map { ImageSource.file(path: $0) }
    for stem in ExplanationNames(images, []).stems.flatMap(\.self) {
      #expect(!stem.utf8.contains(UInt8(ascii: "/")) && !stem.isEmpty, "\(stem)")
    }
  }

  @Test func `windows reach the edges and cover every pixel`() {
    for (length, window, stride) in [(10, 4, 2), (10, 4, 3), (7, 7, 1), (5, 2, 2), (32, 4, 2)] {
      let windows = OcclusionEngine.windows(height: length, width: length, window: window, stride: stride)
      let covered = Set(windows.flatMap { area in area.rows.map { $0 } })
      #expect(covered == Set(0..<length), "\(length), \(window), \(stride)")
      #expect(windows.allSatisfy { $0.rows.upperBound <= length && $0.columns.count <= window })
    }
  }

  @Test func `a window of the whole image measures what the image adds to the baseline`() throws {
    let model = try sampleModel()
    let side = model.descriptor.preprocessing.inputSize[1]
    let baseline = model.descriptor.preprocessing.input(of: .black)
    let engine = try OcclusionEngine(
      model, height: side, width: side, baseline: baseline, window: side, stride: 1,
      pool: WorkerPool(threads: 1))
    var noise = Noise(5)
    let input = noise.floats(baseline.count)
    let answer = ExplainedAnswer(2, comparedWith: 1)
    let gain = answer.value(of: engine.begin(input)) - answer.value(of: engine.begin(baseline))
    _ = engine.begin(input)
    let values = engine.map(for: answer).values
    #expect(values.count == side * side && gain != 0)
    #expect(values.allSatisfy { abs($0 - gain) <= 1e-5 * max(1, abs(gain)) })
  }

  @Test func `a drawing shows the image and the colours of the map`() throws {
    let image = PreparedImage(
      info: try Preprocessor(.cifar10).preparePixels(atPath: SampleImages.path("rgb-8.png")).info,
      pixels: Array(repeating: 100, count: 2 * 2 * 1), height: 2, width: 2, channels: 1)
    func explanation(_ values: [Double]) -> Explanation {
      Explanation(
        answer: ExplainedAnswer(0), value: 1, ComputedMap(values: values, height: 1, width: 2, check: nil))
    }
    let drawn = HeatImage(explanation([-5, 2]), over: image, colours: .jet)
    #expect(drawn.height == 224 && drawn.width == 2 * 224 + 8)
    func pixel(_ row: Int, _ column: Int) -> [UInt8] {
      Array(drawn.pixels[3 * (row * drawn.width + column)..<3 * (row * drawn.width + column) + 3])
    }
    #expect(pixel(100, 3) == [100, 100, 100])
    // Half dark blue, 0 0 127.5, and half dark red, 127.5 0 0, of the image's 100.
    #expect(pixel(100, 224 + 8) == [50, 50, 114])
    #expect(pixel(100, 224 + 8 + 223) == [114, 50, 50])
    let plain = HeatImage(explanation([-5, 0]), over: image, besideImage: false)
    #expect(plain.width == 224 && !explanation([-5, 0]).hasEvidence)
    #expect(Array(plain.pixels.suffix(3)) == [178, 178, 178])
    #expect(try !plain.png().isEmpty)
  }

  @Test func `a larger size scales all of the preprocessing`() throws {
    let record = try Preprocessing.imageNet.resized(shorterSide: 448)
    #expect(record.inputSize == [3, 448, 448] && record.resize == 512 && record.crop == 448)
    #expect(try Preprocessing.cifar10.resized(shorterSide: 64).inputSize == [3, 64, 64])
    #expect(try Preprocessing.imageNet.resized(shorterSide: nil) == .imageNet)
    #expect(throws: ExplanationError.self) { try Preprocessing.imageNet.resized(shorterSide: 0) }
  }

  @Test func `a class is found by label, number, and likeness`() throws {
    var descriptor = try sampleModel(labels: ["cat", "dog", "2", "cat, wild"]).descriptor
    #expect(try descriptor.explainedAnswers(named: "dog, 0,3") == [1, 0, 3].map { ExplainedAnswer($0) })
    // A label is meant before a number, and a whole text before its parts.
    #expect(try descriptor.explainedAnswers(named: "2") == [ExplainedAnswer(2)])
    #expect(try descriptor.explainedAnswers(named: "cat, wild") == [ExplainedAnswer(3)])
    let all = ["cat", "dog", "2", "cat, wild"]
    #expect(throws: ExplanationError.unknownClass("dig", near: ["dog"], first: all, classes: 4)) {
      try descriptor.explainedAnswers(named: "dig")
    }
    let unlike = try #require(
      #expect(throws: ExplanationError.self) { try descriptor.explainedAnswers(named: "zebra") })
    #expect(unlike.description.hasSuffix("labels: 'cat', 'dog', '2', 'cat, wild'"), "\(unlike)")
    #expect(throws: ExplanationError.classOutOfRange(4, classes: 4)) {
      try descriptor.explainedAnswers(named: "4")
    }
    descriptor.labels = ["cat", "cat", "dog", "ant"]
    #expect(throws: ExplanationError.ambiguousClass("cat", classes: [0, 1])) {
      try descriptor.explainedAnswers(named: "cat")
    }
  }
}
