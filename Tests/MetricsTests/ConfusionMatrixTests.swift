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

  @Test func `a matrix of very many classes takes the memory of its images`() {
    let classes = 2_000_000
    var matrix = ConfusionMatrix(classes: classes)
    matrix.add(classes - 1, predicted: 7)
    matrix.add(7, predicted: 7)
    #expect(matrix[classes - 1, 7] == 1)
    #expect(matrix[7, 8] == 0)
    #expect(matrix.mostFrequentConfusions(5) == [.init(label: classes - 1, predicted: 7, count: 1)])
    #expect(matrix.mostConfusedClasses(2) == [7, classes - 1])
    #expect(matrix.writtenRows == nil)
    #expect(matrix.writtenCells == [[7, 7, 1], [classes - 1, 7, 1]])
    #expect(matrix.balancedAccuracy(indices: Array(0..<classes)) == 0.5)
  }

  @Test func `columns are chosen and rows added to make a matrix square`() {
    let matrix = ConfusionMatrix(counts: [[0, 1, 3, 0], [2, 1, 0, 0]])
    #expect(matrix.square(columns: [2, 0, 1]).counts == [[3, 0, 1], [0, 2, 1], [0, 0, 0]])
    #expect(matrix.writtenRows == matrix.counts)
  }

  @Test func `a class may have another column than its row`() {
    let matrix = ConfusionMatrix(counts: [[0, 1, 3], [2, 1, 0]])
    let metrics = matrix.classMetrics(labels: ["x", "y"], indices: [2, 0])
    #expect(metrics.map(\.index) == [2, 0])
    #expect(metrics.map(\.recall) == [0.75, 2.0 / 3])
    #expect(metrics.map(\.precision) == [1, 1])
  }
}
