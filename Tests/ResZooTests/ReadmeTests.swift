import Foundation
import ResZoo
import TestSupport
import Testing

@Suite struct ReadmeTests {
  /// The five lines that the README promises, word for word.
  private func snippet(_ path: String, _ image: String) throws -> String? {
    // README
    let model = try Model(contentsOf: path)
    let classifier = try Classifier(model)
    let answer = try classifier.classify(image)
    let best = answer.top[0]
    print(best.label ?? "class \(best.index)", best.probability)
    // README
    return best.label
  }

  @Test func theSnippetWorks() throws {
    let folder = TemporaryFolder()
    try sampleModel(labels: ["a", "b", "c", "d"]).write(to: folder.file())
    let label = try snippet(folder.file(), SampleImages.path("photo.jpg"))
    #expect(["a", "b", "c", "d"].contains(label))
  }

  @Test func theReadmeHasTheSnippet() throws {
    let source = try String(contentsOfFile: #filePath, encoding: .utf8)
    let lines = source.components(separatedBy: "    // README\n")[1]
      .replacing("(contentsOf: path)", with: "(contentsOf: \"resnet50.rzoo\")")
      .replacing("classify(image)", with: "classify(\"cat.jpg\")")
      .split(separator: "\n").map { $0.dropFirst(4) }
    let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
    let readme = try String(contentsOf: root.appending(path: "README.md"), encoding: .utf8)
    #expect(readme.contains(lines.joined(separator: "\n")))
  }
}
