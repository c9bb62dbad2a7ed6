package import Kernels
package import TensorCore
package import Threads

/// Changes weights by their gradients, and keeps the memories that its rule needs. Weights, gradients and memories are flat arrays
/// that the same spans divide.
public final class Optimizer {
  /// The rule by which weights change.
  public let rule: UpdateRule
  /// The factor of weight decay.
  public let weightDecay: Double
  /// The spans of the arrays.
  public let spans: [ParameterSpan]
  /// The steps that each span has done.
  public private(set) var steps: [Int]

  /// One array for each of the rule's memories.
  private let memories: [FlatArray]
  private let passes: FlatPasses
  private let pieces: [UpdateStep.Piece]
  private let count: Int

  /// An optimizer that remembers nothing yet.
  ///
  /// - Parameter spans: in order, without overlaps, from 0 on.
  package init(
    rule: UpdateRule, weightDecay: Double, spans: [ParameterSpan], pool: WorkerPool,
    kernels: KernelTable = .current
  ) {
    self.rule = rule
    self.weightDecay = weightDecay
    self.spans = spans
    steps = Array(repeating: 0, count: spans.count)
    let count = spans.last?.range.upperBound ?? 0
    self.count = count
    memories = rule.definition.memories.map { _ in FlatArray(count: count) }
    passes = FlatPasses(pool: pool, kernels: kernels)
    pieces = spans.enumerated().flatMap { index, span in
      FlatPasses.pieces(of: span.range).map { UpdateStep.Piece(range: $0, span: index) }
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
  /// - Precondition: both arrays have as many floats as the spans.
  @discardableResult
  public func step(
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
    let numbers = zip(spans, steps).map { span, done in
      UpdateStep.Numbers(
        rate: span.isHead ? rates.head : rates.backbone, decay: span.decays ? weightDecay : 0, steps: done,
        scale: scale)
    }
    rule.definition.step(
      unsafe UpdateStep(
        spans: numbers, pieces: pieces, values: values, gradients: gradients, memories: memories,
        passes: passes))
    return norm
  }
}

extension Optimizer {
  /// The memories of a span: a name, and the numbers as an array of one dimension.
  package func memories(of span: Int) -> [(name: String, tensor: Tensor)] {
    let range = spans[span].range
    return zip(rule.definition.memories, memories).map { name, array in
      (name, array.tensor(range, shape: [range.count]))
    }
  }

  /// Gives a span the memories that another optimizer of the same rule had of it.
  ///
  /// - Precondition: there is a tensor of the span's size for each of the rule's memories.
  package func restore(span: Int, steps done: Int, memories tensors: [Tensor]) {
    precondition(tensors.count == memories.count, "\(tensors.count) memories for \(memories.count)")
    for (array, tensor) in zip(memories, tensors) {
      precondition(tensor.shape.elementCount == spans[span].range.count, "a memory of another size")
      array.set(spans[span].range.lowerBound, to: tensor)
    }
    steps[span] = done
  }
}
