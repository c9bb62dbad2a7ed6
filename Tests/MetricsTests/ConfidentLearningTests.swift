import Foundation
import TestSupport
import Testing

@testable import Metrics

/// Label issues, with cleanlab's values, as tools/fixtures/make_audit_fixtures.py has written them.
@Suite struct ConfidentLearningTests {
  private struct Case: Decodable {
    var classes: Int
    var labels: [Int]
    var probabilities: [Float]
    var thresholds: [Double]
    var joint: [[Int]]
    var issues: [Int]
    var selfConfidence: [Double]
    var normalizedMargin: [Double]
  }

  private static let cases: [Case] = {
    let path =
      #filePath.split(separator: "/").dropLast().reduce("") { $0 + "/" + $1 }
      + "/Fixtures/confident-learning.json"
    return (try? JSONDecoder().decode([Case].self, from: Data(readFile(path)))) ?? []
  }()

  @Test func `thresholds, the joint and the issues are cleanlab's`() throws {
    #expect(Self.cases.count == 3)
    for one in Self.cases {
      let found = ConfidentLearning(
        probabilities: one.probabilities, labels: one.labels, classes: one.classes)
      // Means of the same doubles, summed in another order.
      for (mean, wanted) in zip(found.thresholds, one.thresholds) { #expect(abs(mean - wanted) < 1e-12) }
      // Where several entries of a row lie halfway between whole numbers, cleanlab rounds up any of them, as its sort is not stable.
      for (row, wanted) in zip(found.joint, one.joint) {
        #expect(row.reduce(0, +) == wanted.reduce(0, +))
        #expect(zip(row, wanted).allSatisfy { abs($0 - $1) <= 1 }, "\(row) \(wanted)")
      }
      #expect(found.isIssue.indices.filter { found.isIssue[$0] } == one.issues)
      #expect(!one.issues.isEmpty)
    }
  }

  @Test func `the scores of labels are cleanlab's`() {
    for one in Self.cases {
      for (image, label) in one.labels.enumerated() {
        let row = one.probabilities[image * one.classes..<(image + 1) * one.classes]
        let confidence = ConfidentLearning.selfConfidence(row, label: label)
        let margin = ConfidentLearning.normalizedMargin(row, label: label)
        #expect(abs(confidence - one.selfConfidence[image]) < 1e-12)
        #expect(abs(margin - one.normalizedMargin[image]) < 1e-12)
      }
    }
  }

  @Test func `labels that all are likeliest are no issue, and a class without images takes none`() {
    let sure = ConfidentLearning(
      probabilities: [0.9, 0.1, 0, 0.2, 0.8, 0, 0.7, 0.3, 0], labels: [0, 1, 0], classes: 3)
    #expect(sure.isIssue == [false, false, false])
    #expect(sure.joint == [[2, 0, 0], [0, 1, 0], [0, 0, 0]])
    #expect(ConfidentLearning(probabilities: [], labels: [], classes: 2).isIssue.isEmpty)
  }
}
