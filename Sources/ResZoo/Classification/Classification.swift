public import ImageInput
public import Inference
package import Metrics
package import ModelDescriptor

/// A class that a network finds in an image.
public struct Prediction: Hashable, Sendable {
  /// The class's name; nil when the model has no labels.
  public let label: String?
  /// The position of the class among the logits.
  public let index: Int
  /// The probability of the class, 0…1: by softmax over all classes, or by the sigmoid of its logit where the network's
  /// answer is not one of many.
  public let probability: Double
  /// The output of the network for the class; of several views of an image the mean.
  public let logit: Float
}

/// The classes that a network finds in an image, the likeliest first.
public struct Classification: Hashable, Sendable {
  /// The likeliest classes, at most as many as were asked for.
  public let top: [Prediction]
}

/// A reason why an image could not be classified.
public enum ClassificationError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The image could not be read, or its logits are not all finite.
  case image(ImageError)
  /// The network does not take the image.
  case inference(InferenceError)

  public var description: String {
    switch self {
    case .image(let error): error.description
    case .inference(let error): error.description
    }
  }
}

/// The result for one image among many.
public struct ImageResult: Sendable {
  /// The path as it was given.
  public let input: String
  /// The classes found, or the reason why there are none.
  public let outcome: Result<Classification, ImageError>
  /// The properties of the image; nil when it could not be read.
  public let image: ImageInfo?

  /// A result.
  package init(input: String, outcome: Result<Classification, ImageError>, image: ImageInfo?) {
    self.input = input
    self.outcome = outcome
    self.image = image
  }
}

extension Classification {
  /// Takes the `count` likeliest classes, equal ones in their order.
  ///
  /// - Complexity: O(classes · count).
  package init(_ scores: Scores, of descriptor: ModelDescriptor, count: Int) {
    top = scores.likeliest(count).map { Prediction(of: $0, scores, descriptor) }
  }
}

extension Prediction {
  /// The prediction of one class.
  init(of index: Int, _ scores: Scores, _ descriptor: ModelDescriptor) {
    self.init(
      label: descriptor.labels?[index], index: index, probability: scores.probabilities[index],
      logit: scores.logits[index])
  }

  /// The label, or the class's number where there is none.
  package var name: String { label ?? "class \(index)" }
}
