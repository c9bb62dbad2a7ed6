import Metrics
import ModelDescriptor

/// A comparison, as JSON has it. Of two networks the members of their pair stand beside `images`, the networks as `a` and `b`; of more,
/// `pairs` has those of each pair.
package struct ComparisonRecord: Encodable {
  /// The facts about a network that its answers do not tell.
  package struct Subject: Sendable {
    /// The path or the name of the model.
    package var model: String
    /// The bytes of its files; nil where they are not known.
    package var bytes: UInt64?
    /// The number of its parameters.
    package var parameters: Int
    /// The numbers that it multiplies.
    package var precision: String
    /// The median time for an image; nil where it was not measured.
    package var secondsPerImage: Double?

    package init(
      model: String, bytes: UInt64?, parameters: Int, precision: String, secondsPerImage: Double?
    ) {
      self.model = model
      self.bytes = bytes
      self.parameters = parameters
      self.precision = precision
      self.secondsPerImage = secondsPerImage
    }
  }

  package struct ModelRecord: Encodable {
    package var model: String
    package var correct: Int
    package var accuracy: Double
    /// Wilson's interval of 95 %.
    package var accuracyInterval: [Double]
    package var bytes: UInt64?
    package var parameters: Int
    package var precision: String
    package var msPerImage: Double?
  }

  package struct ClassRecord: Encodable {
    package var label: String
    package var images: Int
    package var accuracyA: Double
    package var accuracyB: Double
    package var onlyARight: Int
    package var onlyBRight: Int
    package var mcnemarP: Double
    package var holmP: Double
  }

  package struct PairRecord: Encodable {
    /// The numbers of both networks.
    package var pair: [Int]
    package var bothRight: Int
    package var onlyARight: Int
    package var onlyBRight: Int
    package var bothWrong: Int
    package var agreement: Double
    package var difference: Double
    package var differenceInterval: [Double]
    package var mcnemarP: Double
    /// McNemar's p, corrected over all pairs.
    package var holmP: Double
    package var detectableDifference: Double
    package var classes: [ClassRecord]
  }

  package struct FlipRecord: Encodable {
    package var input: String
    package var label: String
    package var a: String
    package var b: String
    package var right: String
  }

  struct ErrorRecord: Encodable {
    var input: String
    var error: String
  }

  package let images: Int
  package let models: [ModelRecord]
  package let pairs: [PairRecord]
  package let flips: [FlipRecord]
  let errors: [ErrorRecord]

  /// - Parameters:
  ///   - comparison: one image at least.
  ///   - subjects: the networks, in their order.
  package init(_ comparison: ModelComparison, of subjects: [Subject]) {
    let images = comparison.images.count
    self.images = images
    models = subjects.enumerated().map { index, subject in
      let correct = comparison.correct(index)
      let interval = WilsonInterval(count: correct, of: images)
      return ModelRecord(
        model: subject.model, correct: correct, accuracy: Double(correct) / Double(images),
        accuracyInterval: [interval.lower, interval.upper], bytes: subject.bytes,
        parameters: subject.parameters, precision: subject.precision,
        msPerImage: subject.secondsPerImage.map { $0 * 1000 })
    }
    var pairs: [PairRecord] = []
    for first in subjects.indices {
      for second in subjects.indices where second > first {
        pairs.append(PairRecord(comparison, first, second))
      }
    }
    for (index, p) in HolmCorrection.adjusted(pairs.map(\.mcnemarP)).enumerated() { pairs[index].holmP = p }
    self.pairs = pairs
    flips = subjects.count == 2 ? FlipRecord.all(of: comparison) : []
    errors = comparison.errors.map { ErrorRecord(input: $0.input, error: $0.message) }
  }

  private enum CodingKeys: String, CodingKey {
    case images, a, b, models, pairs, flips, errors
  }

  package func encode(to encoder: any Encoder) throws {
    var fields = encoder.container(keyedBy: CodingKeys.self)
    try fields.encode(images, forKey: .images)
    try fields.encode(errors, forKey: .errors)
    guard models.count == 2 else {
      try fields.encode(models, forKey: .models)
      try fields.encode(pairs, forKey: .pairs)
      return
    }
    try pairs[0].encode(to: encoder)
    try fields.encode(models[0], forKey: .a)
    try fields.encode(models[1], forKey: .b)
    try fields.encode(flips, forKey: .flips)
  }
}

extension ComparisonRecord.PairRecord {
  fileprivate init(_ comparison: ModelComparison, _ first: Int, _ second: Int) {
    let outcome = comparison.outcome(first, second)
    pair = [first, second]
    bothRight = outcome.bothRight
    onlyARight = outcome.onlyFirst
    onlyBRight = outcome.onlySecond
    bothWrong = outcome.bothWrong
    agreement = Double(outcome.agreeing) / Double(max(1, outcome.images))
    difference = outcome.difference
    let interval = outcome.differenceInterval
    differenceInterval = [interval.lower, interval.upper]
    mcnemarP = outcome.pValue
    holmP = mcnemarP
    detectableDifference = outcome.detectableDifference
    classes = comparison.classes(first, second).map { one in
      let images = Double(max(1, one.outcome.images))
      return ComparisonRecord.ClassRecord(
        label: one.label, images: one.outcome.images, accuracyA: Double(one.outcome.firstRight) / images,
        accuracyB: Double(one.outcome.secondRight) / images, onlyARight: one.outcome.onlyFirst,
        onlyBRight: one.outcome.onlySecond, mcnemarP: one.outcome.pValue, holmP: one.adjustedP)
    }
  }
}

extension ComparisonRecord.FlipRecord {
  fileprivate static func all(of comparison: ModelComparison) -> [Self] {
    comparison.images.filter { $0.answers[0].isRight != $0.answers[1].isRight }.map { image in
      Self(
        input: image.source.description, label: image.label, a: image.answers[0].called,
        b: image.answers[1].called, right: image.answers[0].isRight ? "a" : "b")
    }
  }
}
