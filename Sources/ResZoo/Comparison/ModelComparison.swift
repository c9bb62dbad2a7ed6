public import Datasets
public import Metrics

/// The answers of several networks to the same images, compared in pairs.
public struct ModelComparison: Sendable {
  /// The answer of a network to an image.
  public struct Answer: Hashable, Sendable {
    /// The names of the predicted classes; exactly one where images have one.
    public let called: String
    /// The probability of the likeliest of them; 0 where none is predicted.
    public let probability: Double
    /// True if they are the image's own.
    public let isRight: Bool
  }

  /// An image that every network answers.
  public struct Image: Sendable {
    /// The image.
    public let source: ImageSource
    /// The names of its classes.
    public let label: String
    /// One answer for each network.
    public let answers: [Answer]
  }

  /// The images of one class, and how two networks answer them.
  public struct ClassOutcome: Hashable, Sendable {
    /// The class's name.
    public let label: String
    /// Who answers its images rightly.
    public let outcome: PairedOutcome
    /// McNemar's exact p value, corrected by Holm's method over all classes.
    public let adjustedP: Double
  }

  /// The number of networks.
  public let models: Int
  /// The images that every network answers, in the order of the set.
  public let images: [Image]
  /// Images without an answer of some network, with the reason.
  public let errors: [(input: String, message: String)]
  /// The classes of the set; empty where images have any number of classes.
  public let labels: [String]

  /// Compares networks on a set of images.
  ///
  /// - Parameters:
  ///   - classifiers: the networks; two at least.
  ///   - set: a set that was opened for ``ImageSet/Purpose/evaluation``; each network is evaluated on it as
  ///     ``Classifier/evaluate(_:threshold:progress:_:)`` does.
  ///   - progress: gets the number of answers so far, of all networks together, on any thread.
  /// - Throws: as ``Classifier/evaluate(_:threshold:progress:_:)``.
  /// - Precondition: there are two networks at least.
  public init(
    of classifiers: [Classifier], on set: ImageSet, progress: ((_ done: Int) -> Void)? = nil
  ) throws {
    precondition(classifiers.count > 1, "a comparison of \(classifiers.count)")
    var answers: [[Answer?]] = []
    var labels = Array(repeating: "", count: set.count)
    var errors: [Int: String] = [:]
    for classifier in classifiers {
      let done = answers.count * set.count
      var own: [Answer?] = []
      _ = try classifier.evaluate(set, progress: { progress?(done + $0) }) { image in
        labels[own.count] = image.labels.joined(separator: ", ")
        switch image.outcome {
        case .success(let answer): own.append(Answer(answer))
        case .failure(let error):
          if errors[own.count] == nil { errors[own.count] = error.message }
          own.append(nil)
        }
      }
      answers.append(own)
    }
    models = classifiers.count
    self.labels = set.labelSets == nil ? set.labels : []
    self.errors = errors.sorted { $0.key < $1.key }.map { (set.sources[$0.key].description, $0.value) }
    images = set.sources.indices.compactMap { image in
      let all = answers.compactMap { $0[image] }
      guard all.count == answers.count else { return nil }
      return Image(source: set.sources[image], label: labels[image], answers: all)
    }
  }

  /// The number of images that a network answers rightly.
  ///
  /// - Parameter model: its number, from 0.
  public func correct(_ model: Int) -> Int { images.count { $0.answers[model].isRight } }

  /// Who of two networks answers the images rightly.
  ///
  /// - Parameters:
  ///   - first: the number of one network, from 0.
  ///   - second: that of the other.
  /// - Complexity: O(images).
  public func outcome(_ first: Int, _ second: Int) -> PairedOutcome {
    var outcome = PairedOutcome()
    for image in images { outcome.add(image, first, second) }
    return outcome
  }

  /// The images that exactly one of two networks answers rightly.
  ///
  /// - Parameters:
  ///   - right: the number of the network that is right.
  ///   - wrong: that of the one that is wrong.
  public func flips(onlyRight right: Int, wrong: Int) -> [Image] {
    images.filter { $0.answers[right].isRight && !$0.answers[wrong].isRight }
  }

  /// Who of two networks answers the images of each class rightly; empty where images have any number of classes.
  ///
  /// - Parameters:
  ///   - first: the number of one network, from 0.
  ///   - second: that of the other.
  /// - Complexity: O(images + classes · log classes).
  public func classes(_ first: Int, _ second: Int) -> [ClassOutcome] {
    var outcomes: [String: PairedOutcome] = [:]
    for image in images { outcomes[image.label, default: PairedOutcome()].add(image, first, second) }
    let present = labels.compactMap { label in outcomes[label].map { (label, $0) } }
    let adjusted = HolmCorrection.adjusted(present.map(\.1.pValue))
    return zip(present, adjusted).map { ClassOutcome(label: $0.0, outcome: $0.1, adjustedP: $1) }
  }
}

extension ModelComparison.Answer {
  fileprivate init(_ answer: EvaluatedImage.Answer) {
    called = answer.predicted.isEmpty ? "none" : answer.predicted.map(\.name).joined(separator: ", ")
    probability = answer.predicted.map(\.probability).max() ?? 0
    isRight = answer.isCorrect
  }
}

extension PairedOutcome {
  fileprivate mutating func add(_ image: ModelComparison.Image, _ first: Int, _ second: Int) {
    let (one, other) = (image.answers[first], image.answers[second])
    add(first: one.isRight, second: other.isRight, areEqual: one.called == other.called)
  }
}
