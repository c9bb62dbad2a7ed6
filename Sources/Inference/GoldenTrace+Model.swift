public import ModelDescriptor
public import ResNetModel
package import TensorCore

extension GoldenTrace {
  /// Records what a network answers, with the exact engine, to the input of a seed.
  ///
  /// - Parameter inputSize: channels, height and width of the input; by default what the network's preprocessing gives.
  /// - Throws: ``InferenceError``; ``InferenceError/Code/notFinite`` when a logit is NaN or infinite.
  public init(
    of model: Model, seed: UInt64, inputSize: [Int]? = nil, threads: Int = 0
  ) throws(InferenceError) {
    let inputSize = inputSize ?? model.descriptor.preprocessing.inputSize
    let logits = try Self.logits(of: model, seed: seed, inputSize: inputSize, threads: threads)
    guard logits.allSatisfy(\.isFinite) else {
      throw InferenceError(
        .notFinite,
        "the answer to the input of seed \(seed) has logits that are not finite: there is nothing to record")
    }
    self.init(seed: seed, inputSize: inputSize, logits: logits)
  }

  /// Runs the recorded input through a network with the exact engine.
  ///
  /// - Returns: the deviation, which ``tolerance`` bounds for a network that computes what it did.
  /// - Throws: ``InferenceError`` when the network takes no such input.
  public func replay(on model: Model, threads: Int = 0) throws(InferenceError) -> Double {
    deviation(of: try Self.logits(of: model, seed: seed, inputSize: inputSize, threads: threads))
  }

  /// The input of a seed, [1, channels, height, width], NETWORK §6.2.
  ///
  /// - Precondition: the size is one that a descriptor may have.
  package static func input(seed: UInt64, size: [Int]) -> Tensor {
    Tensor.noise(seed: seed, shape: Shape([1] + size))
  }

  private static func logits(
    of model: Model, seed: UInt64, inputSize: [Int], threads: Int
  ) throws(InferenceError) -> [Float] {
    let plan = try InferencePlan(
      model, height: inputSize[1], width: inputSize[2], exact: true, threads: threads)
    let session = try InferenceSession(plan: plan, threads: threads)
    let logits = try session.logits(for: input(seed: seed, size: inputSize))
    return (0..<logits.shape.elementCount).map { logits.floats[$0] }
  }
}
