import Platform

/// The binary cross-entropy of each logit for itself, as PyTorch's `BCEWithLogitsLoss` defines it with `pos_weight`: the mean over the
/// images and classes of a batch.
package struct BinaryCrossEntropy: TrainingLoss, Hashable {
  /// The share of each target that is spread over the classes, 0 to 1, as in timm's `BinaryCrossEntropy`: targets are this share divided
  /// by the number of classes, or 1 less the rest. A single class counts as two.
  package var labelSmoothing: Double
  /// For each class a factor of the loss of the images that have it; nil for 1.
  package var positiveWeights: [Float]?

  /// Plain binary cross-entropy by default.
  package init(labelSmoothing: Double = 0, positiveWeights: [Float]? = nil) {
    self.labelSmoothing = labelSmoothing
    self.positiveWeights = positiveWeights
  }

  package func divisor(of targets: [TrainingBatch.Target], classes: Int) -> Double {
    Double(targets.count) * Double(classes)
  }

  package func loss(
    logits: UnsafePointer<Float>, classes: Int, target: TrainingBatch.Target,
    gradient: UnsafeMutablePointer<Float>? = nil, factor: Double = 1
  ) -> Double {
    precondition(positiveWeights.map { $0.count == classes } ?? true, "class weights of another network")
    let smoothed = labelSmoothing / Double(max(classes, 2))
    var loss = 0.0
    for index in 0..<classes {
      let logit = unsafe Double(logits[index])
      let share = target.share(of: index, classes: classes) * (1 - labelSmoothing) + smoothed
      let weight = share * (positiveWeights.map { Double($0[index]) } ?? 1)
      // -log σ(x), without overflow for any x.
      let surprise = log1p(exp(-logit.magnitude)) + max(-logit, 0)
      loss += weight * surprise + (1 - share) * (surprise + logit)
      if let gradient = unsafe gradient {
        let probability = logit >= 0 ? 1 / (1 + exp(-logit)) : exp(logit) / (1 + exp(logit))
        unsafe gradient[index] = Float(((1 - share) * probability - weight * (1 - probability)) * factor)
      }
    }
    return loss
  }
}
