public import Datasets
import ImageInput
import Metrics
import ModelDescriptor
import Threads

/// A reason why the confidence of a network cannot be measured.
public enum ConfidenceError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The network does not answer one of several classes.
  case answer
  /// No image has an answer.
  case noImages
  /// The logits of all images do not fit the machine's memory: the bytes that they need.
  case memory(Int)

  public var description: String {
    switch self {
    case .answer: "its probabilities are no softmax over several classes, and only those have a temperature"
    case .noImages: "no image of the data set has an answer, so there is nothing to measure"
    case .memory(let needed):
      "the logits of all images take \(needed >> 20) MiB, more than half of this machine's memory; take fewer images"
    }
  }
}

extension Classifier {
  /// Measures how far the network's probabilities can be believed, and fits a temperature. Of each image the one view counts that
  /// preprocessing gives. A temperature that the model has already is measured too (``ConfidenceCalibration/own``), and left out of the fit.
  ///
  /// - Parameters:
  ///   - set: a set that was opened for ``ImageSet/Purpose/evaluation``. Its images shall be none that the network was trained on.
  ///   - options: the numbers of bins and resamples, the wanted coverage and precision.
  ///   - progress: gets the number of images done so far, on any thread.
  /// - Throws: ``ConfidenceError``; ``DatasetError`` when the classes do not match the model's, or a file of records cannot be opened;
  ///   ``ClassificationError``.
  /// - Complexity: besides the network's own work O(images · (classes + resamples)); 4 bytes for each logit of all images.
  public func calibration(
    on set: ImageSet, options: ConfidenceCalibration.Options = ConfidenceCalibration.Options(),
    progress: ((_ done: Int) -> Void)? = nil
  ) throws -> ConfidenceCalibration {
    let network = descriptor.architecture
    guard network.answer == .one, network.classes > 1 else { throw ConfidenceError.answer }
    guard set.labelSets == nil else { throw ConfidenceError.answer }
    let (logits, overflow) = set.count.multipliedReportingOverflow(by: network.classes * 4)
    guard !overflow, logits < Machine.memoryByteCount / 2 else {
      throw ConfidenceError.memory(overflow ? .max : logits)
    }
    let classes = try EvaluatedClasses(of: set, for: descriptor)
    let answer = AnswerForm(of: descriptor)
    var table = LogitTable(classes: network.classes)
    var errors: [(input: String, message: String)] = []
    try pipeline.run(set.sources) { ran in
      ran.scores(answer).map(\.logits)
    } emit: { image, outcome in
      switch outcome.value.flatMap(\.self) {
      case .success(let logits):
        table.add(logits, truth: classes.indices[classes.truth(of: image, in: set)[0]])
      case .failure(let error):
        errors.append((set.sources[image].description, error.message))
      }
      progress?(image + 1)
    }
    guard table.images > 0 else { throw ConfidenceError.noImages }
    return ConfidenceCalibration(
      table, own: descriptor.temperature, errors: errors, source: nil, options: options)
  }
}
