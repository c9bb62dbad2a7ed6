import Metrics
import ModelDescriptor

/// The figures of a calibration, as JSON has them.
package struct CalibrationRecord: Encodable {
  struct HeldOutRecord: Encodable {
    var ece: Double
    var nll: Double
    var brier: Double
  }

  struct OwnRecord: Encodable {
    var temperature: Double
    var ece: Double
    var eceInterval: [Double]
    var adaptiveEce: Double
    var nll: Double
    var brier: Double
    var meanConfidence: Double
  }

  struct ConformalRecord: Encodable {
    var coverage: Double
    var leastProbability: Double
    var meanSize: Double
    var singleShare: Double
    var emptyShare: Double
    var heldOutCoverage: Double
  }

  struct ThresholdRecord: Encodable {
    var precision: Double
    var confidence: Double?
    var answered: Int?
    var right: Int?
    var lowerBound: Double?
  }

  struct PointRecord: Encodable {
    var threshold: Double
    var coverage: Double
    var risk: Double
  }

  struct ErrorRecord: Encodable {
    var input: String
    var error: String
  }

  var images: Int
  var correct: Int
  var accuracy: Double
  var meanConfidence: Double
  var bins: Int
  var ece: Double
  var eceInterval: [Double]
  var eceIfCalibrated: Double
  var adaptiveEce: Double
  var adaptiveEceInterval: [Double]
  var maximumError: Double
  var rootMeanSquareError: Double
  var nll: Double
  var nllInterval: [Double]
  var brier: Double
  var brierInterval: [Double]
  /// The model as it is, where it has a temperature.
  var own: OwnRecord?
  /// Null in JSON where there is no best one.
  var temperature: Double?
  var temperatureObstacle: String?
  var eceCalibrated: Double?
  var eceCalibratedInterval: [Double]?
  var adaptiveEceCalibrated: Double?
  var nllCalibrated: Double?
  var brierCalibrated: Double?
  var meanConfidenceCalibrated: Double?
  var heldOut: HeldOutRecord?
  var conformal: ConformalRecord
  var threshold: ThresholdRecord
  var aurc: Double
  var riskCoverage: [PointRecord]
  var reliability: [ReliabilityBin]
  var reliabilityCalibrated: [ReliabilityBin]?
  var errors: [ErrorRecord]

  package init(_ calibration: ConfidenceCalibration, options: ConfidenceCalibration.Options) {
    func interval(_ figure: EstimatedFigure) -> [Double] { [figure.lower, figure.upper] }
    let (before, after) = (calibration.before, calibration.after)
    images = calibration.images
    correct = calibration.correct
    accuracy = Double(calibration.correct) / Double(calibration.images)
    meanConfidence = before.meanConfidence
    bins = options.bins
    ece = before.expectedCalibrationError.value
    eceInterval = interval(before.expectedCalibrationError)
    eceIfCalibrated = before.expectedErrorIfCalibrated
    adaptiveEce = before.adaptiveCalibrationError.value
    adaptiveEceInterval = interval(before.adaptiveCalibrationError)
    maximumError = before.maximumCalibrationError
    rootMeanSquareError = before.rootMeanSquareCalibrationError
    nll = before.negativeLogLikelihood.value
    nllInterval = interval(before.negativeLogLikelihood)
    brier = before.brierScore.value
    brierInterval = interval(before.brierScore)
    own = calibration.own.map {
      OwnRecord(
        temperature: $0.temperature.value, ece: $0.metrics.expectedCalibrationError.value,
        eceInterval: interval($0.metrics.expectedCalibrationError),
        adaptiveEce: $0.metrics.adaptiveCalibrationError.value, nll: $0.metrics.negativeLogLikelihood.value,
        brier: $0.metrics.brierScore.value, meanConfidence: $0.metrics.meanConfidence)
    }
    temperature = calibration.temperature?.value
    temperatureObstacle = calibration.obstacle
    eceCalibrated = after?.expectedCalibrationError.value
    eceCalibratedInterval = after.map { interval($0.expectedCalibrationError) }
    adaptiveEceCalibrated = after?.adaptiveCalibrationError.value
    nllCalibrated = after?.negativeLogLikelihood.value
    brierCalibrated = after?.brierScore.value
    meanConfidenceCalibrated = after?.meanConfidence
    heldOut = calibration.heldOut.map {
      HeldOutRecord(
        ece: $0.expectedCalibrationError, nll: $0.negativeLogLikelihood, brier: $0.brierScore)
    }
    let sets = calibration.conformal
    conformal = ConformalRecord(
      coverage: sets.coverage, leastProbability: sets.leastProbability, meanSize: sets.meanSize,
      singleShare: sets.singleShare, emptyShare: sets.emptyShare, heldOutCoverage: sets.heldOutCoverage)
    let found = calibration.threshold
    threshold = ThresholdRecord(
      precision: options.precision, confidence: found?.confidence, answered: found?.answered,
      right: found?.right, lowerBound: found?.lowerBound)
    aurc = calibration.selective.area
    riskCoverage = calibration.selective.curve.map {
      PointRecord(threshold: $0.threshold, coverage: $0.coverage, risk: $0.risk)
    }
    reliability = before.reliability
    reliabilityCalibrated = after?.reliability
    errors = calibration.errors.map { ErrorRecord(input: $0.input, error: $0.message) }
  }
}
