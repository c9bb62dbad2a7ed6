public import Datasets
import ImageInput
import Messages
import Metrics
import ModelDescriptor

extension Classifier {
  /// Classifies the images of a set and compares with their classes, which are matched to the model's labels by name; a
  /// model without labels takes them in their order.
  ///
  /// - Parameters:
  ///   - set: a set that was opened for ``ImageSet/Purpose/evaluation``; where the network answers several classes at once, each image may
  ///     have any number of them.
  ///   - threshold: the probability from which a class of several, or yes, counts as predicted.
  ///   - progress: gets the number of images done so far, on any thread.
  ///   - body: gets one image after another with its answer, in order, on any thread. An error that it throws ends the work.
  /// - Throws: the error of `body`; ``DatasetError`` with `data` when the classes do not match the model's, with `file` when a file of
  ///   records cannot be opened; ``ClassificationError``.
  public func evaluate(
    _ set: ImageSet, threshold: Double = 0.5, progress: ((_ done: Int) -> Void)? = nil,
    _ body: ((EvaluatedImage) throws -> Void)? = nil
  ) throws -> Evaluation {
    let set = descriptor.architecture.answer == .several ? set.withLabelSets : set
    guard set.labelSets == nil || descriptor.architecture.answer == .several else {
      throw DatasetError(
        .data,
        """
        \(set.path ?? "the data set"): its images have several classes, and the network answers one; evaluate a network that answers \
        several at once
        """)
    }
    let classes = try EvaluatedClasses(of: set, for: descriptor)
    var evaluation = Evaluation(classes, set: set, threshold: threshold)
    let answer = AnswerForm(of: descriptor)
    try pipeline.run(set.sources) { ran in
      ran.scores(answer)
    } emit: { image, outcome in
      let truth = classes.truth(of: image, in: set)
      let result = outcome.value.flatMap(\.self)
      switch result {
      case .failure(let error): evaluation.errors.append((set.sources[image].description, error.message))
      case .success(let scores): evaluation.add(scores, truth: truth)
      }
      let evaluated = EvaluatedImage(
        source: set.sources[image], labels: truth.map { classes.labels[$0] },
        indices: truth.map { classes.indices[$0] },
        outcome: result.map {
          EvaluatedImage.Answer(
            $0, truth: truth.map { classes.indices[$0] }, classes: classes, threshold: threshold)
        })
      evaluation.keepMistake(of: evaluated)
      try body?(evaluated)
      progress?(image + 1)
    }
    return evaluation
  }
}

extension Evaluation {
  /// Counts an image.
  ///
  /// - Parameter truth: the positions of its classes in ``labels``.
  fileprivate mutating func add(_ scores: Scores, truth: [Int]) {
    switch answer {
    case .several: multiLabel?.add(scores, indices: indices, truth: truth)
    case .one: add(LogitEvaluation(scores, truth: indices[truth[0]]), scores.probabilities, truth: truth[0])
    case .binary:
      let evaluation = LogitEvaluation(binary: scores, truth: truth[0], threshold: threshold)
      add(evaluation, [1 - scores.probabilities[0], scores.probabilities[0]], truth: truth[0])
    }
  }

  private mutating func add(_ evaluation: LogitEvaluation, _ probabilities: [Double], truth: Int) {
    metrics.add(evaluation)
    confusion.add(truth, predicted: evaluation.predicted)
    self.scores.add(probabilities)
    truths.append(indices[truth])
  }

  /// Keeps the most confident wrong answer to an image, if there is one.
  fileprivate mutating func keepMistake(of image: EvaluatedImage) {
    guard case .success(let answer) = image.outcome, !answer.isCorrect else { return }
    let own = Set(image.indices)
    let called = answer.predicted.filter { !own.contains($0.index) }
    let predicted = Set(answer.predicted.map(\.index))
    let missed = self.answer == .several ? answer.own.filter { !predicted.contains($0.index) } : []
    let wrong =
      called.map { called in
        // Of yes and no, which have one logit, yes is the second.
        (
          name: called.name, probability: called.probability,
          answer: self.answer == .binary
            ? ExplainedAnswer(0, isNo: called.index == 0) : ExplainedAnswer(called.index)
        )
      }
      + missed.map {
        (
          name: "not \($0.name)", probability: 1 - $0.probability,
          answer: ExplainedAnswer($0.index, isNo: true)
        )
      }
    guard let worst = wrong.max(by: { $0.probability < $1.probability }) else { return }
    keep(
      Mistake(
        source: image.source, label: image.labels.isEmpty ? "none" : image.labels.joined(separator: ", "),
        called: worst.name, probability: worst.probability, answer: worst.answer))
  }
}
