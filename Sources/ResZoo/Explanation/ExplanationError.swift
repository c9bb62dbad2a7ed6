public import ImageInput
public import Inference
public import Training

/// A reason why an answer cannot be explained.
public enum ExplanationError: Error, Hashable, Sendable, CustomStringConvertible {
  /// No node has this path; similar paths are listed.
  case unknownPath(String, near: [String])
  /// The node has one number for each channel.
  case noPlaces(node: String, size: String, earlier: String?)
  /// The way from the last map to the logits is more than a pooling and one linear layer.
  case notLinear(String)
  /// No class has this name; similar ones are listed, or else the first ones.
  case unknownClass(String, near: [String], first: [String], classes: Int)
  /// Several classes have this name.
  case ambiguousClass(String, classes: [Int])
  /// The network has not so many classes.
  case classOutOfRange(Int, classes: Int)
  /// An option has a value that cannot be.
  case options(String)
  /// The network has no such classes to compare.
  case comparison(String)
  /// The image cannot be read, or has no finite answer.
  case image(ImageError)
  /// The network does not take the images.
  case inference(InferenceError)
  /// The network cannot run backward.
  case training(TrainingError)

  public var description: String {
    switch self {
    case .unknownPath(let path, let near):
      "there is no node '\(path)'; close to it: \(near.joined(separator: ", "))"
    case .noPlaces(let node, let size, let earlier):
      "'\(node)' puts out one number for each channel of an image of \(size), which has no places to show"
        + (earlier.map { "; take an earlier node, such as '\($0)'" } ?? "")
    case .notLinear(let head):
      """
      the class map needs a network that ends in a global pooling and one linear layer; this one ends in \(head). Take \
      hirescam or gradcam
      """
    case .unknownClass(let name, let near, let first, let classes):
      "there is no class '\(name)'; " + Self.choice(near: near, first: first, classes: classes)
    case .ambiguousClass(let name, let classes):
      "'\(name)' is the name of several classes; take one of their numbers: "
        + classes.map(String.init).joined(separator: ", ")
    case .classOutOfRange(let index, let classes):
      classes == 1
        ? "there is no class \(index); the only class is 0"
        : "there is no class \(index); classes are from 0 to \(classes - 1)"
    case .options(let text), .comparison(let text): text
    case .image(let error): error.description
    case .inference(let error): error.description
    case .training(let error): error.description
    }
  }
  /// The classes that can be named.
  private static func choice(near: [String], first: [String], classes: Int) -> String {
    func list(_ labels: [String]) -> String { labels.map { "'\($0)'" }.joined(separator: ", ") }
    if !near.isEmpty { return "close to it: " + list(near) }
    let numbers = "classes have numbers from 0 to \(classes - 1)"
    if first.isEmpty { return numbers + "; this model has no labels" }
    let more = classes - first.count
    return numbers + " and labels: " + list(first) + (more > 0 ? " and \(more) more" : "")
  }
}
