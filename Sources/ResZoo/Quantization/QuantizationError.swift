public import Inference
public import ResNetModel

/// A reason why a network cannot be quantized.
public enum QuantizationError: Error, Hashable, Sendable, CustomStringConvertible {
  /// None of the images could be read, or there are none.
  case noImages
  /// None of the images with known classes has an answer.
  case noAnswers
  /// A node gives a number that is infinite or not a number, for one of the images.
  case notFinite(node: String, image: String)
  /// A node whose values reach too far for 8 bits.
  case range(node: String)
  /// Weights that cannot be rounded.
  case weights(String)
  /// A layer is to be kept that the network does not have, or that would not compute with integers.
  case unknownLayer(String)
  /// Nothing is left that could compute with integers.
  case noLayers
  /// The network is quantized already.
  case alreadyQuantized
  /// The network does not take the images.
  case inference(InferenceError)
  /// The quantized network is none.
  case model(ModelError)

  public var description: String {
    switch self {
    case .noImages: "no image could be read: ranges need images such as the network will see"
    case .noAnswers:
      "the network has an answer to none of the images with known classes: what is lost cannot be measured"
    case .notFinite(let node, let image):
      "'\(node)' gives a number that is not finite for \(image): check the network's weights"
    case .range(let node):
      "'\(node)' has values of more than 10^32, which 8 bits cannot hold: check the network's weights"
    case .weights(let name): "\(name): the weights are beyond what integers with scales can hold"
    case .unknownLayer(let name):
      "'\(name)' is no convolution or linear layer that would compute with integers"
    case .noLayers: "no layer is left that could compute with integers"
    case .alreadyQuantized: "the network is quantized already: quantize the one that it was made of"
    case .inference(let error): error.description
    case .model(let error): error.description
    }
  }
}
