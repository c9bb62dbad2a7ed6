import ModelDescriptor
public import ResNetModel
import TensorCore

/// How far a network's answers are from those of another with the same architecture: what a narrower storage type of the
/// weights cost.
public struct LogitLoss: Hashable, Sendable {
  /// Images that were answered.
  public let images: Int
  /// The largest difference of a logit, relative to the largest logit of the reference.
  public let largest: Double
  /// Images for which both prefer the same class.
  public let agreeing: Int

  /// Runs seeded noise, of the size that the reference's preprocessing gives, through both networks.
  ///
  /// - Throws: ``InferenceError`` when the network takes no such images.
  /// - Complexity: the time of `images` images through each network; one of them is in memory at a time.
  public init(
    of model: Model, from reference: Model, images: Int = 4, seed: UInt64 = 0, threads: Int = 0
  ) throws(InferenceError) {
    let input = Tensor.noise(
      seed: seed, shape: Shape([images] + reference.descriptor.preprocessing.inputSize))
    let expected = try Self.logits(of: reference, for: input, threads: threads)
    let found = try Self.logits(of: model, for: input, threads: threads)
    let classes = expected.shape.dimensions[1]
    var largestLogit = 0.0
    var difference = 0.0
    var agreeing = 0
    for image in 0..<images {
      let range = image * classes..<(image + 1) * classes
      for index in range {
        largestLogit = max(largestLogit, abs(Double(expected.floats[index])))
        difference = max(difference, abs(Double(found.floats[index]) - Double(expected.floats[index])))
      }
      let best = range.max { expected.floats[$0] < expected.floats[$1] }
      if best == range.max(by: { found.floats[$0] < found.floats[$1] }) { agreeing += 1 }
    }
    self.images = images
    largest = difference == 0 ? 0 : difference / largestLogit
    self.agreeing = agreeing
  }

  private static func logits(
    of model: Model, for input: Tensor, threads: Int
  ) throws(InferenceError) -> Tensor {
    let size = input.shape.dimensions
    let plan = try InferencePlan(model, height: size[2], width: size[3], threads: threads)
    return try InferenceSession(plan: plan, threads: threads).logits(for: input)
  }
}
