import Foundation
import TestSupport
import Testing
import Threads

@testable import ResZoo

/// The regression that checks labels, with scikit-learn's probabilities, as tools/fixtures/make_audit_fixtures.py has written them.
@Suite struct SoftmaxRegressionTests {
  private struct Wanted: Decodable {
    var classes: Int
    var penalty: Double
    var labels: [Int]
    var rows: [[Float]]
    var probabilities: [[Double]]
  }

  private let wanted: Wanted
  private let rows: FeatureRows

  init() throws {
    let path =
      #filePath.split(separator: "/").dropLast(2).reduce("") { $0 + "/" + $1 } + "/Fixtures/regression.json"
    wanted = try JSONDecoder().decode(Wanted.self, from: Data(readFile(path)))
    var rows = FeatureRows(width: wanted.rows[0].count, capacity: wanted.rows.count)
    for row in wanted.rows { rows.append(row) }
    rows.standardize()
    self.rows = rows
  }

  private func probabilities(threads: Int) -> [[Float]] {
    let model = SoftmaxRegression(
      rows, members: Array(wanted.labels.indices), labels: wanted.labels, classes: wanted.classes,
      penalty: wanted.penalty, pool: WorkerPool(threads: threads))
    return wanted.labels.indices.map { model.probabilities(of: $0, in: rows) }
  }

  @Test func `probabilities are scikit-learn's`() {
    var worst = 0.0
    for (found, wanted) in zip(probabilities(threads: 1), wanted.probabilities) {
      for (one, other) in zip(found, wanted) { worst = max(worst, abs(Double(one) - other)) }
    }
    // It ends when the gradient has a thousandth of its first length.
    #expect(worst < 0.02, "\(worst)")
  }

  @Test func `the number of threads changes no bit`() {
    #expect(probabilities(threads: 1) == probabilities(threads: 3))
  }

  @Test func `without rows to learn from all classes are equally likely`() {
    let model = SoftmaxRegression(
      rows, members: [], labels: wanted.labels, classes: 4, penalty: 1, pool: WorkerPool(threads: 1))
    #expect(model.probabilities(of: 0, in: rows) == [0.25, 0.25, 0.25, 0.25])
  }
}
