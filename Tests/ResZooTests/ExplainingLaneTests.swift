import Foundation
import ResNetModel
import TestSupport
import Testing

@testable import ResZoo

/// Lanes that explain what they answer, with the networks of spec/vectors/networks: of integers and of real numbers.
@Suite struct ExplainingLaneTests {
  private static let folder =
    #filePath.split(separator: "/").dropLast(3).reduce("") { $0 + "/" + $1 } + "/spec/vectors"

  private struct Networks: Decodable {
    struct Network: Decodable { var file: String }
    var valid: [Network]
  }

  private static func networks() throws -> [String] {
    let list = try Data(contentsOf: URL(filePath: folder + "/networks.json"))
    return try JSONDecoder().decode(Networks.self, from: list).valid.map(\.file)
  }

  @Test func `keeping the last map changes no bit of an answer, and its places add up to it`() throws {
    var explained = 0
    var quantized = 0
    for file in try Self.networks() {
      let model = try Model(contentsOf: Self.folder + "/" + file)
      guard let plain = try? Classifier(model, options: .init(threads: 1)) else { continue }
      var options = Classifier.Options(threads: 1)
      options.explains = true
      let other = try Classifier(model, options: options)
      let lanes = try [plain, other].map { try ClassifierLane($0, capacity: 2, threads: 1) }
      var noise = Noise(7)
      let values = noise.floats(2 * plain.inputExtents.reduce(1, *))
      for lane in lanes {
        for row in 0..<2 { try lane.fill(row, with: values.span, row: row) }
        lane.run(count: 2)
      }
      for slot in 0..<2 {
        let (one, two) = try (lanes[0].scores(of: slot).get(), lanes[1].scores(of: slot).get())
        #expect(one.logits == two.logits, "\(file)")
        guard other.explanationObstacle == nil else { continue }
        explained += 1
        let answer = ExplainedAnswer(two.logits.count - 1)
        let explanation = lanes[1].explanation(of: slot, answer: answer)
        let check = try #require(explanation.check)
        let scale = two.logits.map(\.magnitude).max() ?? 1
        // Between the last map and the logits of a quantized network, values are rounded to bytes.
        let isQuantized = model.quantization != nil
        quantized += isQuantized ? 1 : 0
        let bound = (isQuantized ? 0.05 : 1e-5) * Double(scale)
        #expect(check.difference.magnitude <= bound, "\(file): \(check)")
        #expect(Float(check.expected) == two.logits[answer.index])
      }
    }
    #expect(explained > 60 && quantized > 6, "\(explained), \(quantized)")
  }
}
