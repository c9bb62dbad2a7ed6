import ResNetModel

/// The numbers of a study that trains networks, as `study.json` has them.
struct TrainingStudyNumbers: Encodable {
  struct Network: Encodable {
    var name: String
    var layers: Int
    var parameters: Int
    var multiplyAdds: Int
    var initialization: Model.Initialization
    var runs: [Run]

    enum CodingKeys: String, CodingKey {
      case name, layers, parameters, initialization, runs
      case multiplyAdds = "multiply_adds"
    }
  }

  struct Run: Encodable {
    var seed: UInt64
    var checkpoint: String
    var trainingError: Double?
    var testError: Double?
    var failure: String?
    var seconds: Double
    var epochs: [Epoch]

    enum CodingKeys: String, CodingKey {
      case seed, checkpoint, failure, seconds, epochs
      case trainingError = "training_error"
      case testError = "test_error"
    }
  }

  struct Epoch: Encodable {
    var epoch: Int
    var trainingLoss: Double
    var trainingError: Double
    var testLoss: Double?
    var testError: Double?
    var learningRate: Double
    var seconds: Double

    enum CodingKeys: String, CodingKey {
      case epoch, seconds
      case trainingLoss = "training_loss"
      case trainingError = "training_error"
      case testLoss = "test_loss"
      case testError = "test_error"
      case learningRate = "learning_rate"
    }
  }

  struct Comparison: Encodable {
    var title: String
    var differences: [Difference]
  }

  struct Difference: Encodable {
    var measure: StudyDifference.Measure
    var network: String
    var against: String
    var error: Double
    var errorOfOther: Double
    var difference: Double
    var chance: Double
    var seeds: Int
    var seedsWithMore: Int
    var verdict: StudyDifference.Verdict

    enum CodingKeys: String, CodingKey {
      case measure, network, against, error, difference, chance, seeds, verdict
      case errorOfOther = "error_of_other"
      case seedsWithMore = "seeds_with_more"
    }
  }

  var conclusions: [String]
  var isComplete: Bool
  var trainingImages: Int
  var testImages: Int
  var classes: [String]
  var recipe: [String: String]
  var networks: [Network]
  var comparisons: [Comparison]

  enum CodingKeys: String, CodingKey {
    case conclusions, classes, recipe, networks, comparisons
    case isComplete = "complete"
    case trainingImages = "training_images"
    case testImages = "test_images"
  }
}

extension TrainingStudyNumbers {
  init(_ result: TrainingStudyResult, _ sizes: [StudyNetwork.Size]) {
    let study = result.study
    let folder = StudyFolder(output: study.output)
    conclusions = result.conclusions
    isComplete = result.isComplete
    trainingImages = study.data.training.count
    testImages = study.data.test.count
    classes = study.data.training.labels
    recipe = study.sharedSettings
    networks = zip(study.networks, sizes).map { network, size in
      Network(
        name: network.name, layers: size.layers, parameters: size.parameters, multiplyAdds: size.multiplyAdds,
        initialization: network.initialization,
        runs: result.runs.filter { $0.network == network.name }.map {
          Run($0, checkpoint: folder.checkpoint(of: network, seed: $0.seed))
        })
    }
    comparisons = zip(study.comparisons, result.differences).map { comparison, differences in
      Comparison(title: comparison.title, differences: differences.map(Difference.init))
    }
  }
}

extension TrainingStudyNumbers.Run {
  fileprivate init(_ run: StudyRun, checkpoint: String) {
    self.init(
      seed: run.seed, checkpoint: checkpoint, trainingError: run.trainingError, testError: run.testError,
      failure: run.failure, seconds: run.seconds,
      epochs: run.epochs.map {
        TrainingStudyNumbers.Epoch(
          epoch: $0.epoch, trainingLoss: $0.loss, trainingError: 1 - $0.accuracy,
          testLoss: $0.validation?.loss, testError: $0.validation.map { 1 - $0.top1 },
          learningRate: $0.learningRate, seconds: $0.seconds)
      })
  }
}

extension TrainingStudyNumbers.Difference {
  fileprivate init(_ difference: StudyDifference) {
    self.init(
      measure: difference.measure, network: difference.second, against: difference.first,
      error: difference.secondMean, errorOfOther: difference.firstMean, difference: difference.mean,
      chance: difference.chance, seeds: difference.seeds, seedsWithMore: difference.seedsWithMore,
      verdict: difference.verdict)
  }
}
