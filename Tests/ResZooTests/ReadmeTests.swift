import Foundation
import ResZoo
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

  private let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()

  @Test func theSnippetNamesTheShip() throws {
    let model = root.appending(path: "models/cifar_resnet20.rzoo").path
    let label = try snippet(model, root.appending(path: "Examples/images/ship.png").path)
    #expect(label == "ship")
  }

  @Test func theReadmeHasTheSnippet() throws {
    let source = try String(contentsOfFile: #filePath, encoding: .utf8)
    let lines = source.components(separatedBy: "    // README\n")[1]
      .replacing("(contentsOf: path)", with: "(contentsOf: \"models/cifar_resnet20.rzoo\")")
      .replacing("classify(image)", with: "classify(\"Examples/images/ship.png\")")
      .split(separator: "\n").map { $0.dropFirst(4) }
    let readme = try String(contentsOf: root.appending(path: "README.md"), encoding: .utf8)
    #expect(readme.contains(lines.joined(separator: "\n")))
  }
}
