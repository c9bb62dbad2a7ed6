import Metrics

/// The negative logarithm of the probability that softmax gives to the target, as PyTorch's `cross_entropy` defines it with `label_smoothing` and `weight`.
///
/// The loss of a batch of classes is divided by the sum of their weights; that of a batch with a mixture, as PyTorch's
/// of probabilities, by the number of inputs.
public struct CrossEntropy: TrainingLoss, Hashable, Sendable {
  /// The share of each target that is spread evenly over all classes, 0 to 1 (Szegedy et al. 2016).
  public var labelSmoothing: Double
  /// A factor for each class; nil for 1.
  public var classWeights: [Float]?

  /// Plain cross-entropy by default.
  public init(labelSmoothing: Double = 0, classWeights: [Float]? = nil) {
    self.labelSmoothing = labelSmoothing
    self.classWeights = classWeights
  }

  package func divisor(of targets: [TrainingBatch.Target], classes: Int = 0) -> Double {
    guard let classWeights, !targets.contains(where: \.isMixture) else { return Double(targets.count) }
    return targets.reduce(0) { $0 + Double(classWeights[$1.label]) }
  }

  package func loss(
    logits: UnsafePointer<Float>, classes: Int, target: TrainingBatch.Target,
    gradient: UnsafeMutablePointer<Float>? = nil, factor: Double = 1
  ) -> Double {
    precondition(classWeights.map { $0.count == classes } ?? true, "class weights of another network")
    precondition(
      (0..<classes).contains(target.label) && (0..<classes).contains(target.otherLabel),
      "classes \(target.label) and \(target.otherLabel) of \(classes)")
    let softmax = Softmax(unsafe Span(_unsafeStart: logits, count: classes))
    var loss = 0.0
    var weight = 0.0
    for index in 0..<classes {
      let share = weightedShare(of: index, in: target, classes: classes)
      guard share != 0 else { continue }
      unsafe loss += share * softmax.loss(of: logits[index])
      weight += share
    }
    if let gradient = unsafe gradient {
      for index in 0..<classes {
        let probability = unsafe softmax.probability(of: logits[index])
        let share = weightedShare(of: index, in: target, classes: classes)
        unsafe gradient[index] = Float((probability * weight - share) * factor)
      }
    }
    return loss
  }

  /// The smoothed target of a class times the class's weight.
  private func weightedShare(of index: Int, in target: TrainingBatch.Target, classes: Int) -> Double {
    var share = 0.0
    if index == target.label { share += Double(target.share) }
    if index == target.otherLabel { share += 1 - Double(target.share) }
    share = share * (1 - labelSmoothing) + labelSmoothing / Double(classes)
    return share * (classWeights.map { Double($0[index]) } ?? 1)
  }
}
