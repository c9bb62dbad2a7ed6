import Datasets
import Metrics
import TestSupport
import Training

/// A made-up training: losses that fall, a validation set with confusions, images from a file.
struct SampleHistory {
  let outline: TrainingOutline
  let records: [EpochRecord]
  let best: ValidationResult
  let stepsPerEpoch = 20

  /// - Parameter source: of the image with this number.
  init(
    labels: [String], epochs: Int, perClass: Int = 20, epochsDone: Int = 0,
    source: (Int) -> ImageSource = { .file(path: "missing/\($0).jpg") }
  ) {
    let classes = labels.count
    outline = TrainingOutline(
      architecture: "small_resnet18", labels: labels, trainingImages: 500 * classes,
      validationImages: perClass * classes, trainedParameters: 175_258, parameters: 175_258, epochs: epochs,
      stepsPerEpoch: stepsPerEpoch, epochsDone: epochsDone,
      options: ["optimizer": "sgd", "learning-rate": "0.1", "augmentation": "cifar <crop & flip>"])
    var noise = Noise(3)
    var confusion = ConfusionMatrix(classes: classes)
    var answers: [ValidationResult.Answer] = []
    for label in 0..<classes {
      for _ in 0..<perClass {
        let isWrong = abs(noise.next()) < 0.25
        let other = min(classes - 1, Int(abs(noise.next()) * Float(classes)))
        let predicted = isWrong ? other : label
        confusion.add(label, predicted: predicted)
        answers.append(
          .init(
            source: source(answers.count), label: label, predicted: predicted,
            probability: 0.5 + 0.5 * abs(noise.next())))
      }
    }
    let right = answers.filter { $0.label == $0.predicted }.count
    let metrics = EpochRecord.Validation(
      loss: 0.91, top1: Double(right) / Double(answers.count), top5: classes > 5 ? 0.97 : nil,
      images: answers.count)
    best = ValidationResult(metrics: metrics, confusion: confusion, answers: answers)
    let bestEpoch = max(1, epochs - 3)
    records = (1...epochs).map { epoch in
      let share = Double(epoch) / Double(epochs)
      let random = Double(noise.next())
      let validation =
        epoch == bestEpoch
        ? metrics
        : EpochRecord.Validation(
          loss: 1.6 - 0.6 * share + 0.05 * random, top1: metrics.top1 * (0.4 + 0.55 * share),
          top5: metrics.top5.map { $0 * (0.6 + 0.35 * share) }, images: answers.count)
      return EpochRecord(
        epoch: epoch, steps: epoch * 20, loss: 2.3 - 1.8 * share.squareRoot() + 0.02 * random,
        accuracy: 0.1 + 0.8 * share.squareRoot(), learningRate: epoch <= epochs / 2 ? 0.1 : 0.01,
        validation: validation, isBest: epoch <= bestEpoch, images: 500 * classes, unreadable: 0,
        seconds: 12.4)
    }
  }

  /// The step with this number.
  func step(_ number: Int) -> StepRecord {
    StepRecord(
      step: number, epoch: (number - 1) / stepsPerEpoch + 1, loss: 2.3 / Double(number), accuracy: 0.5,
      learningRate: 0.1, backboneLearningRate: 0.01, images: 128, seconds: 0.25)
  }

  /// Tells an observer of the epochs in `range` as a loop would.
  func run(
    _ observer: some TrainingObserver, epochs range: ClosedRange<Int>, isResumed: Bool = false,
    ends: Bool = true
  ) throws {
    var outline = outline
    outline.epochsDone = range.lowerBound - 1
    outline.isResumed = isResumed || outline.epochsDone > 0
    outline.stepsDone = outline.epochsDone * outline.stepsPerEpoch
    try observer.didStart(outline)
    for epoch in range {
      for number in 1...stepsPerEpoch {
        try observer.didFinish(step: step((epoch - 1) * stepsPerEpoch + number))
      }
      try observer.didFinish(epoch: records[epoch - 1], validation: best)
    }
    if ends { try observer.didEnd(records, best: best) }
  }
}
