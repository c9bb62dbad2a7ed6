public import ImageInput
public import Inference

/// One class that a network finds in an image.
public struct Prediction: Hashable, Sendable {
  /// The class's name; nil when the model has no labels.
  public let label: String?
  /// Position of the class among the logits.
  public let index: Int
  /// Its share of the softmax over all classes, 0…1.
  public let probability: Double
  /// What the network put out for the class.
  public let logit: Float
}

/// The classes that a network finds in an image, the likeliest first.
public struct Classification: Hashable, Sendable {
  /// The likeliest classes, at most as many as were asked for.
  public let top: [Prediction]
}

/// Why an image could not be classified.
public enum ClassificationError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The image could not be read.
  case image(ImageError)
  /// The network does not take it.
  case inference(InferenceError)

  public var description: String {
    switch self {
    case .image(let error): error.description
    case .inference(let error): error.description
    }
  }
}

/// What became of one image among many.
public struct ImageResult: Sendable {
  /// The path as it was given.
  public let input: String
  /// The classes found, or why the image could not be read.
  public let outcome: Result<Classification, ImageError>
  /// What the decoder found; nil when it failed.
  public let image: ImageInfo?
}

extension Classification {
  /// The `count` largest logits with their softmax, ties in the order of the classes.
  ///
  /// - Complexity: O(classes · count).
  init(logits: Span<Float>, labels: [String]?, count: Int) {
    let denominator = logits.logSumExp
    top = logits.indicesOfLargest(count).map { index in
      Prediction(
        label: labels?[index], index: index, probability: exponential(Double(logits[index]) - denominator),
        logit: logits[index])
    }
  }
}
