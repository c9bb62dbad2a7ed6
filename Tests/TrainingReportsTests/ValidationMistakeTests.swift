import Testing

@testable import Training

@Suite struct ValidationMistakeTests {
  private func result(_ confusion: [[Int]]) -> ValidationResult {
    ValidationResult(figures: .init(loss: 1, top1: 0.5, images: 10), confusion: confusion, answers: [])
  }

  @Test func confidentMistakesComeFirstAndTiesInOrder() {
    var validation = result([])
    validation.answers = [(0, 0, 0.99), (0, 1, 0.6), (1, 0, 0.9), (1, 0, 0.6), (1, 1, 0.7)].enumerated().map {
      .init(source: .file(path: "\($0)"), label: $1.0, predicted: $1.1, probability: $1.2)
    }
    #expect(validation.mostConfidentMistakes(9).map(\.source.description) == ["2", "1", "3"])
    #expect(validation.mostConfidentMistakes(1).map(\.source.description) == ["2"])
  }

  @Test func frequentConfusionsComeFirst() {
    let found = result([[5, 2, 0], [2, 5, 3], [0, 0, 9]]).mostFrequentConfusions(2)
    #expect(found == [.init(label: 1, predicted: 2, count: 3), .init(label: 0, predicted: 1, count: 2)])
    #expect(result([[9, 0, 0], [0, 1, 1], [0, 0, 9]]).mostConfusedClasses(2) == [1, 2])
  }

  @Test func classFiguresAreThoseCountedByHand() {
    let figures = ClassFigures.all(
      labels: ["a", "b", "c"], indices: [0, 1, 2], confusion: [[3, 1, 0], [1, 5, 0], [0, 0, 0]])
    #expect(figures.map(\.support) == [4, 6, 0])
    #expect(figures.map(\.precision) == [0.75, 5.0 / 6, nil])
    #expect(figures.map(\.recall) == [0.75, 5.0 / 6, nil])
    #expect(figures.map(\.f1) == [0.75, 10.0 / 12, nil])
  }
}
