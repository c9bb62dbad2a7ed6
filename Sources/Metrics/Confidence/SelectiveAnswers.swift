/// The errors that remain when a network answers only the images that it is surest of (Geifman & El-Yaniv 2017).
public struct SelectiveAnswers: Hashable, Sendable {
  /// A point of the curve: the images with at least this confidence are answered.
  public struct Point: Hashable, Sendable {
    /// The least confidence of an answer.
    public var threshold: Double
    /// The share of the images that are answered.
    public var coverage: Double
    /// The share of the answers that are wrong.
    public var risk: Double
  }

  /// The least confidence from which on answers are right as often as was asked for.
  public struct Threshold: Hashable, Sendable {
    /// Answers with at least this probability count.
    public var confidence: Double
    /// The number of images that are answered, and of those answered rightly.
    public var answered: Int
    public var right: Int
    /// The share of right answers holds this with 95 % confidence (Clopper & Pearson 1934, one side).
    public var lowerBound: Double
  }

  /// The curve, at each tenth of the images and at all of them.
  public let curve: [Point]
  /// The area under the curve: the mean risk over all numbers of answered images.
  public let area: Double
  private let steps: [Step]

  /// The images of at least some confidence.
  private struct Step: Hashable, Sendable {
    var confidence: Double
    var answered: Int
    var right: Int
  }

  /// - Parameter table: one image at least.
  /// - Complexity: O(images · log images).
  package init(_ table: ConfidenceTable) {
    let order = table.surestFirst
    var steps: [Step] = []
    var (right, area) = (0, 0.0)
    for (place, image) in order.enumerated() {
      if table.areRight[image] { right += 1 }
      area += Double(place + 1 - right) / Double(place + 1)
      let confidence = table.confidences[image]
      // A threshold takes all images of the same confidence, or none of them.
      let isLast = place + 1 == order.count || table.confidences[order[place + 1]] < confidence
      if isLast { steps.append(Step(confidence: confidence, answered: place + 1, right: right)) }
    }
    self.steps = steps
    self.area = area / Double(order.count)
    var curve: [Point] = []
    for tenth in 1...10 {
      guard let step = steps.first(where: { $0.answered * 10 >= order.count * tenth }) else { continue }
      let point = Point(
        threshold: step.confidence, coverage: Double(step.answered) / Double(order.count),
        risk: Double(step.answered - step.right) / Double(step.answered))
      if curve.last != point { curve.append(point) }
    }
    self.curve = curve
  }

  /// The lowest threshold from which on the bound of the share of right answers is at least as high as asked for; nil where there is none.
  ///
  /// - Parameter precision: the wanted share of right answers, above 0 and below 1.
  /// - Complexity: O(images).
  package func threshold(precision: Double) -> Threshold? {
    for step in steps.reversed() {
      // P(as many right answers or more, if each were right with the probability asked for).
      guard BinomialTail.atLeast(step.right, of: step.answered, probability: precision) <= 0.05 else {
        continue
      }
      return Threshold(
        confidence: step.confidence, answered: step.answered, right: step.right,
        lowerBound: BinomialTail.lowerBound(step.right, of: step.answered, risk: 0.05))
    }
    return nil
  }
}
