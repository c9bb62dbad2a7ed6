import TensorCore

/// A figure with the interval that holds it with 95 % confidence, by bootstrap over the images (percentiles; Efron 1979).
public struct EstimatedFigure: Hashable, Sendable {
  public var value: Double
  public var lower: Double
  public var upper: Double
}

/// How well a network's probabilities say how often it is right.
public struct ConfidenceMetrics: Hashable, Sendable {
  /// The mean probability of the likeliest class.
  public let meanConfidence: Double
  /// Expected calibration error: the mean of |accuracy − confidence| over bins of equal width, by their images (Guo et al. 2017).
  public let expectedCalibrationError: EstimatedFigure
  /// The same over bins of equally many images (Nguyen & O'Connor 2015).
  public let adaptiveCalibrationError: EstimatedFigure
  /// The largest |accuracy − confidence| of a bin of equal width.
  public let maximumCalibrationError: Double
  /// The root of the mean of squares, by the images of the bins of equal width.
  public let rootMeanSquareCalibrationError: Double
  /// The mean cross-entropy, in nats.
  public let negativeLogLikelihood: EstimatedFigure
  /// The mean of Σₖ (pₖ − [k is the image's class])² (Brier 1950), from 0 to 2.
  public let brierScore: EstimatedFigure
  /// The expected calibration error that as many images would show on average if every confidence were true: it is above 0, as bins
  /// have few images (Vaicenavicius et al. 2019).
  public let expectedErrorIfCalibrated: Double
  /// The bins of equal width.
  public let reliability: [ReliabilityBin]

  /// - Parameters:
  ///   - table: one image at least.
  ///   - bins: the number of bins.
  ///   - resamples: the number of sets that the bootstrap draws; 0 for intervals of no width.
  ///   - seed: of the drawing.
  /// - Complexity: O(images · resamples).
  package init(_ table: ConfidenceTable, bins: Int, resamples: Int, seed: UInt64) {
    precondition(table.images > 0 && bins > 0, "\(table.images) images in \(bins) bins")
    let images = Double(table.images)
    reliability = table.reliability(bins: bins)
    meanConfidence = table.confidences.reduce(0, +) / images
    let error = CalibrationError(table.bins(bins))
    maximumCalibrationError = error.maximum
    rootMeanSquareCalibrationError = error.rootMeanSquare
    var sampler = ConfidenceBootstrap(table, bins: bins, seed: seed)
    let whole = sampler.figures
    let drawn = (0..<resamples).map { _ in sampler.next() }
    func figure(_ path: KeyPath<ConfidenceBootstrap.Figures, Double>) -> EstimatedFigure {
      let sorted = drawn.map { $0[keyPath: path] }.sorted()
      let value = whole[keyPath: path]
      return EstimatedFigure(
        value: value, lower: sorted.percentile(0.025) ?? value, upper: sorted.percentile(0.975) ?? value)
    }
    expectedCalibrationError = figure(\.expected)
    adaptiveCalibrationError = figure(\.adaptive)
    negativeLogLikelihood = figure(\.loss)
    brierScore = figure(\.brier)
    expectedErrorIfCalibrated =
      resamples > 0
      ? (0..<resamples).reduce(0) { sum, _ in sum + sampler.nextIfCalibrated() } / Double(resamples) : 0
  }
}

extension Array<Double> {
  /// A percentile of sorted numbers, between two of them by their distance from it; nil without numbers.
  fileprivate func percentile(_ share: Double) -> Double? {
    guard let last else { return nil }
    let place = share * Double(count - 1)
    let index = Int(place)
    guard index + 1 < count else { return last }
    return self[index] + (self[index + 1] - self[index]) * (place - Double(index))
  }
}
