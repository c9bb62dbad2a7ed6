import Metrics
import Testing

@Suite struct ConfusionMatrixTests {
  @Test func `images are counted by class and prediction`() {
    var matrix = ConfusionMatrix(classes: 2, predictions: 3)
    matrix.add(0, predicted: 2)
    matrix.add(1, predicted: 1)
    matrix.add(1, predicted: 1)
    #expect(matrix.counts == [[0, 0, 1], [0, 2, 0]])
  }

  @Test func `the most frequent confusions come first`() {
    let found = ConfusionMatrix(counts: [[5, 2, 0], [2, 5, 3], [0, 0, 9]]).mostFrequentConfusions(2)
    #expect(found == [.init(label: 1, predicted: 2, count: 3), .init(label: 0, predicted: 1, count: 2)])
    let confused = ConfusionMatrix(counts: [[9, 0, 0], [0, 1, 1], [0, 0, 9]])
    #expect(confused.mostConfusedClasses(2) == [1, 2])
  }

  @Test func `class metrics are those counted by hand`() {
    let matrix = ConfusionMatrix(counts: [[3, 1, 0], [1, 5, 0], [0, 0, 0]])
    let metrics = matrix.classMetrics(labels: ["a", "b", "c"])
    #expect(metrics.map(\.support) == [4, 6, 0])
    #expect(metrics.map(\.precision) == [0.75, 5.0 / 6, nil])
    #expect(metrics.map(\.recall) == [0.75, 5.0 / 6, nil])
    #expect(metrics.map(\.f1) == [0.75, 10.0 / 12, nil])
  }

  @Test func `a class may have another column than its row`() {
    let matrix = ConfusionMatrix(counts: [[0, 1, 3], [2, 1, 0]])
    let metrics = matrix.classMetrics(labels: ["x", "y"], indices: [2, 0])
    #expect(metrics.map(\.index) == [2, 0])
    #expect(metrics.map(\.recall) == [0.75, 2.0 / 3])
    #expect(metrics.map(\.precision) == [1, 1])
  }
}
