public import Metrics
public import ModelDescriptor

/// How far a network's probabilities can be believed, measured on images whose classes are known, and the temperature that makes
/// them as large as the share of right answers (Guo et al. 2017).
public struct ConfidenceCalibration: Sendable {
  /// Settings of a calibration.
  public struct Options: Hashable, Sendable {
    /// The number of bins of the calibration errors and of the reliability diagram.
    public var bins: Int
    /// The share of images whose conformal set shall hold their class.
    public var coverage: Double
    /// The share of right answers that the threshold shall reach.
    public var precision: Double
    /// The number of sets that the bootstrap draws for each interval.
    public var resamples: Int
    /// The seed of all drawing.
    public var seed: UInt64

    /// Options; 15 bins, as is usual, sets for 90 % of the images and answers of which 95 % are right by default.
    public init(
      bins: Int = 15, coverage: Double = 0.9, precision: Double = 0.95, resamples: Int = 1000,
      seed: UInt64 = 0
    ) {
      self.bins = bins
      self.coverage = coverage
      self.precision = precision
      self.resamples = resamples
      self.seed = seed
    }
  }

  /// Figures at temperatures that were each fitted without the images that they are measured on.
  public struct HeldOut: Hashable, Sendable {
    /// The expected calibration error.
    public let expectedCalibrationError: Double
    /// The mean cross-entropy, in nats.
    public let negativeLogLikelihood: Double
    /// Brier's score.
    public let brierScore: Double
  }

  /// Figures at a temperature that the model has already.
  public struct Own: Sendable {
    /// The temperature.
    public let temperature: Temperature
    /// The figures of the probabilities that `classify` prints.
    public let metrics: ConfidenceMetrics
  }

  /// The number of images with an answer, and of those answered rightly.
  public let images: Int
  public let correct: Int
  /// The images without an answer, with the reasons.
  public let errors: [(input: String, message: String)]
  /// The figures of the logits as they are, at the temperature 1.
  public let before: ConfidenceMetrics
  /// The figures at the model's own temperature; nil where it has none.
  public let own: Own?
  /// The best temperature; nil where there is none.
  public let temperature: Temperature?
  /// The reason why there is no best temperature.
  public let obstacle: String?
  /// The figures at the best temperature, on the images that it was fitted to.
  public let after: ConfidenceMetrics?
  /// The figures of five parts of the images, each at the best temperature of the other four; nil for fewer than ten images.
  public let heldOut: HeldOut?
  /// Sets of classes, by the probabilities at the best temperature.
  public let conformal: ConformalSets
  /// The answers that remain where unsure ones are left out, by the probabilities at the best temperature.
  public let selective: SelectiveAnswers
  /// The least probability of an answer for the share of right answers that was asked for; nil where there is none.
  public let threshold: SelectiveAnswers.Threshold?

  /// - Parameters:
  ///   - table: one image at least.
  ///   - own: the temperature that the model has already.
  init(
    _ table: LogitTable, own: Temperature?, errors: [(input: String, message: String)], source: String?,
    options: Options
  ) {
    let all = 0..<table.images
    images = table.images
    self.errors = errors
    let plain = ConfidenceTable(table, images: all, temperature: 1)
    correct = plain.right
    func metrics(_ table: ConfidenceTable) -> ConfidenceMetrics {
      ConfidenceMetrics(table, bins: options.bins, resamples: options.resamples, seed: options.seed)
    }
    before = metrics(plain)
    self.own = own.map {
      Own(temperature: $0, metrics: metrics(ConfidenceTable(table, images: all, temperature: $0.value)))
    }
    var best = plain
    do throws(TemperatureFit.Failure) {
      let value = try TemperatureFit.temperature(of: table, images: all, in: Temperature.range)
      temperature = Temperature(value: value, images: images, source: source)
      best = ConfidenceTable(table, images: all, temperature: value)
      after = metrics(best)
      heldOut = Self.heldOut(table, bins: options.bins)
      obstacle = nil
    } catch {
      temperature = nil
      after = nil
      heldOut = nil
      obstacle =
        switch error {
        case .noMistakes: "these images have no mistakes to learn from: the lower it is, the better"
        case .noKnowledge:
          "the logits tell nothing about these classes: the higher it is, the better"
        }
    }
    conformal = ConformalSets(
      table, temperature: temperature?.value ?? 1, coverage: options.coverage, seed: options.seed)
    selective = SelectiveAnswers(best)
    threshold = selective.threshold(precision: options.precision)
  }

  /// The parts of ``heldOut``: every fifth image is in one.
  private static let parts = 5

  private static func heldOut(_ table: LogitTable, bins: Int) -> HeldOut? {
    guard table.images >= 2 * parts else { return nil }
    var tried = ConfidenceTable(table, images: [], temperature: 1)
    for part in 0..<parts {
      let others = (0..<table.images).filter { $0 % parts != part }
      guard
        let value = try? TemperatureFit.temperature(of: table, images: others, in: Temperature.range)
      else { return nil }
      let own = Array(stride(from: part, to: table.images, by: parts))
      tried.append(ConfidenceTable(table, images: own, temperature: value))
    }
    let metrics = ConfidenceMetrics(tried, bins: bins, resamples: 0, seed: 0)
    return HeldOut(
      expectedCalibrationError: metrics.expectedCalibrationError.value,
      negativeLogLikelihood: metrics.negativeLogLikelihood.value, brierScore: metrics.brierScore.value)
  }
}
