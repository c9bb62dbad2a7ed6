package import Kernels
package import TensorCore
package import Threads

/// Changes weights by their gradients, and keeps the memories that its rule needs. Weights, gradients and memories are flat arrays
/// that the same slices divide.
package final class Optimizer {
  /// The rule by which weights change.
  package let rule: UpdateRule
  /// The factor of weight decay.
  package let weightDecay: Double
  /// The slices of the arrays.
  package let slices: [ParameterSlice]
  /// The steps that each slice has done.
  package private(set) var steps: [Int]

  /// One array for each of the rule's memories.
  private let memories: [FlatArray]
  private let passes: FlatPasses
  private let pieces: [UpdateStep.Piece]
  private let count: Int

  /// An optimizer that remembers nothing yet.
  ///
  /// - Parameter slices: in order, without overlaps, from 0 on.
  package init(
    rule: UpdateRule, weightDecay: Double, slices: [ParameterSlice], pool: WorkerPool,
    kernels: KernelTable = .current
  ) {
    self.rule = rule
    self.weightDecay = weightDecay
    self.slices = slices
    steps = Array(repeating: 0, count: slices.count)
    let count = slices.last?.range.upperBound ?? 0
    self.count = count
    memories = rule.definition.memories.map { _ in FlatArray(count: count) }
    passes = FlatPasses(pool: pool, kernels: kernels)
    pieces = slices.enumerated().flatMap { index, slice in
      FlatPasses.pieces(of: slice.range).map { UpdateStep.Piece(range: $0, slice: index) }
    }
  }

  /// Does one step.
  ///
  /// - Parameters:
  ///   - values: the weights.
  ///   - gradients: of the loss; they stay as they are.
  ///   - clipping: the most that the Euclidean norm of all gradients may be; longer ones are made as short.
  ///   - needsNorm: true to compute the norm even where nothing clips.
  /// - Returns: the norm before clipping; nil where it was not computed. When it is not finite nothing was changed.
  /// - Precondition: both arrays have as many floats as the slices.
  @discardableResult
  package func step(
    values: inout MutableSpan<Float>, gradients: Span<Float>, rates: LearningRates,
    clipping: Double? = nil, needsNorm: Bool = false
  ) -> Double? {
    precondition(
      values.count == count && gradients.count == count,
      "\(values.count) weights and \(gradients.count) gradients for \(count) parameters")
    return unsafe values.withUnsafeMutableBufferPointer { values in
      unsafe gradients.withUnsafeBufferPointer { gradients in
        guard let values = values.baseAddress, let gradients = gradients.baseAddress else { return nil }
        return unsafe step(
          values, gradients, rates: rates, clipping: clipping, needsNorm: needsNorm)
      }
    }
  }

  private func step(
    _ values: UnsafeMutablePointer<Float>, _ gradients: UnsafePointer<Float>, rates: LearningRates,
    clipping: Double?, needsNorm: Bool
  ) -> Double? {
    var norm: Double?
    var scale: Float = 1
    if clipping != nil || needsNorm {
      let length = unsafe passes.squares(gradients, count: count).squareRoot()
      norm = length
      guard length.isFinite else { return norm }
      // torch.nn.utils.clip_grad_norm_
      if let clipping { scale = Float(min(1, clipping / (length + 1e-6))) }
    }
    for index in steps.indices { steps[index] += 1 }
    let numbers = zip(slices, steps).map { slice, done in
      UpdateStep.Numbers(
        rate: slice.isHead ? rates.head : rates.backbone, decay: slice.decays ? weightDecay : 0, steps: done,
        scale: scale)
    }
    rule.definition.step(
      unsafe UpdateStep(
        slices: numbers, pieces: pieces, values: values, gradients: gradients, memories: memories,
        passes: passes))
    return norm
  }
}

extension Optimizer {
  /// The memories of a slice: a name, and the numbers as an array of one dimension.
  package func memories(of slice: Int) -> [(name: String, tensor: Tensor)] {
    let range = slices[slice].range
    return zip(rule.definition.memories, memories).map { name, array in
      (name, array.tensor(range, shape: [range.count]))
    }
  }

  /// Gives a slice the memories that another optimizer of the same rule had of it.
  ///
  /// - Precondition: there is a tensor of the slice's size for each of the rule's memories.
  package func restore(slice: Int, steps done: Int, memories tensors: [Tensor]) {
    precondition(tensors.count == memories.count, "\(tensors.count) memories for \(memories.count)")
    for (array, tensor) in zip(memories, tensors) {
      precondition(tensor.shape.elementCount == slices[slice].range.count, "a memory of another size")
      array.set(slices[slice].range.lowerBound, to: tensor)
    }
    steps[slice] = done
  }
}
