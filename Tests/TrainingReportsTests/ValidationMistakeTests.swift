import Datasets
import Metrics
import Testing
import Training

@testable import TrainingReports

@Suite struct ValidationMistakeTests {
  @Test func confidentMistakesComeFirstAndTiesInOrder() {
    var validation = ValidationResult(
      metrics: .init(loss: 1, top1: 0.5, images: 10), confusion: ConfusionMatrix(classes: 2), answers: [])
    validation.answers = [(0, 0, 0.99), (0, 1, 0.6), (1, 0, 0.9), (1, 0, 0.6), (1, 1, 0.7)].enumerated().map {
      .init(source: .file(path: "\($0)"), label: $1.0, predicted: $1.1, probability: $1.2)
    }
    #expect(validation.mostConfidentMistakes(9).map(\.source.description) == ["2", "1", "3"])
    #expect(validation.mostConfidentMistakes(1).map(\.source.description) == ["2"])
  }
}
