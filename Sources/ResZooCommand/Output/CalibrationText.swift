import ResZoo

/// A calibration as people read it.
struct CalibrationText {
  private let calibration: ConfidenceCalibration
  private let options: ConfidenceCalibration.Options

  init(_ calibration: ConfidenceCalibration, options: ConfidenceCalibration.Options) {
    self.calibration = calibration
    self.options = options
  }

  var text: String { summary + "\n" + figures + "\n" + own + temperature + selective + conformal }

  private var summary: String {
    let accuracy = Double(calibration.correct) / Double(calibration.images)
    return """
      \(calibration.correct.grouped) of \(calibration.images.grouped) images right (\(Self.percent(accuracy))); mean \
      probability of the answers \(Self.percent(calibration.before.meanConfidence))

      """
  }

  private var figures: String {
    func cell(_ figure: EstimatedFigure) -> String {
      "\(figure.value.text(decimals: 4)) (\(figure.lower.text(decimals: 4)) to \(figure.upper.text(decimals: 4)))"
    }
    func column(_ metrics: ConfidenceMetrics) -> [String] {
      [
        cell(metrics.expectedCalibrationError), cell(metrics.adaptiveCalibrationError),
        cell(metrics.negativeLogLikelihood), cell(metrics.brierScore),
      ]
    }
    let names = ["ECE", "adaptive ECE", "NLL", "Brier"]
    let (before, after) = (column(calibration.before), calibration.after.map(column))
    return Table(
      head: ["", "without temperature (95 %)"] + (after == nil ? [] : ["with temperature (95 %)"]),
      rows: names.indices.map { row in [names[row], before[row]] + (after.map { [$0[row]] } ?? []) }
    ).text
  }

  private var own: String {
    guard let own = calibration.own else { return "" }
    let (error, metrics) = (own.metrics.expectedCalibrationError, own.metrics)
    return """
      as the model is, with its temperature \(own.temperature.value.text(decimals: 4)):
        ECE \(error.value.text(decimals: 4)) (\(error.lower.text(decimals: 4)) to \(error.upper.text(decimals: 4))), NLL \
      \(metrics.negativeLogLikelihood.value.text(decimals: 4)), Brier \(metrics.brierScore.value.text(decimals: 4))

      """
  }

  private var temperature: String {
    guard let temperature = calibration.temperature else {
      return "no temperature is best:\n  \(calibration.obstacle ?? "none was found")\n"
    }
    let held = calibration.heldOut.map {
      "; ECE \($0.expectedCalibrationError.text(decimals: 4)) on images that it was not fitted to"
    }
    return """
      fitted temperature \(temperature.value.text(decimals: 6))\(held ?? "")
      as many images of true probabilities would show an ECE of \(calibration.before.expectedErrorIfCalibrated.text(decimals: 4))

      """
  }

  private var selective: String {
    let target = Self.percent(options.precision)
    guard let threshold = calibration.threshold else {
      return "right in \(target): no least probability gives that with 95 % confidence\n"
    }
    let share = Double(threshold.answered) / Double(calibration.images)
    return """
      right in \(target): answers from a probability of \(threshold.confidence.text(decimals: 4)) on
        \(Self.percent(share)) of the images, \(threshold.right.grouped) of \(threshold.answered.grouped) answers right

      """
  }

  private var conformal: String {
    let sets = calibration.conformal
    return """
      sets that hold the class in \(Self.percent(sets.coverage)): all from a probability of \(sets.leastProbability.text(decimals: 6)) on
        \(sets.meanSize.text(decimals: 2)) classes on average; \(Self.percent(sets.heldOutCoverage)) of sets held out hold theirs

      """
  }

  private static func percent(_ share: Double) -> String { (100 * share).text(decimals: 2) + " %" }
}
