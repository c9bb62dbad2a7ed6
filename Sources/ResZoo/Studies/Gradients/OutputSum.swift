import Training

/// The sum of all numbers that the last block of a network puts out, for networks that end with the mean over the pixels.
struct OutputSum: TrainingLoss {
  /// The pixels that each mean is taken over.
  let pixels: Int

  func divisor(of targets: [TrainingBatch.Target], classes: Int) -> Double { 1 }

  func loss(
    logits: UnsafePointer<Float>, classes: Int, target: TrainingBatch.Target,
    gradient: UnsafeMutablePointer<Float>?, factor: Double
  ) -> Double {
    var sum = 0.0
    for channel in 0..<classes {
      unsafe sum += Double(logits[channel])
      if let gradient = unsafe gradient { unsafe gradient[channel] = Float(Double(pixels) * factor) }
    }
    return sum * Double(pixels)
  }
}
