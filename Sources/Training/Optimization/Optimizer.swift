package import Kernels
package import TensorCore
package import Threads

/// Changes weights by their gradients, and remembers of them what its rule needs. Weights, gradients and memories are flat arrays
/// that the same spans divide.
public final class Optimizer {
  /// How weights change.
  public let rule: UpdateRule
  /// The factor of weight decay.
  public let weightDecay: Double
  /// The spans of the arrays.
  public let spans: [ParameterSpan]
  /// Steps that each span has done.
  public private(set) var steps: [Int]

  /// For each of the rule's memories, one array.
  private let memories: [FlatArray]
  private let passes: FlatPasses
  private let pieces: [Piece]
  private let count: Int

  /// A part of a span.
  private struct Piece {
    var range: Range<Int>
    var span: Int
  }

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
    memories = rule.memories.map { _ in FlatArray(count: count) }
    passes = FlatPasses(pool: pool, kernels: kernels)
    pieces = spans.enumerated().flatMap { index, span in
      FlatPasses.pieces(of: span.range).map { Piece(range: $0, span: index) }
    }
  }

  /// Does one step.
  ///
  /// - Parameters:
  ///   - values: the weights.
  ///   - gradients: of the loss; they stay as they are.
  ///   - clipping: the most that the Euclidean norm of all gradients may be; longer ones are made as short.
  ///   - needsNorm: whether the norm is computed even where nothing clips.
  /// - Returns: the norm before clipping; nil where nobody needs it. When it is not finite nothing was changed.
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
    switch rule {
    case .sgd(let momentum, let nesterov):
      unsafe descend(values, gradients, rates, momentum: momentum, nesterov: nesterov, scale: scale)
    case .adam(let beta1, let beta2, let epsilon):
      unsafe adapt(
        values, gradients, rates, betas: (beta1, beta2), epsilon: epsilon, isDecoupled: false, scale: scale)
    case .adamw(let beta1, let beta2, let epsilon):
      unsafe adapt(
        values, gradients, rates, betas: (beta1, beta2), epsilon: epsilon, isDecoupled: true, scale: scale)
    }
    return norm
  }

  private func descend(
    _ values: UnsafeMutablePointer<Float>, _ gradients: UnsafePointer<Float>, _ rates: LearningRates,
    momentum: Double, nesterov: Bool, scale: Float
  ) {
    let steps = spans.map { span in
      UpdateKernels.Descent(
        rate: span.isHead ? rates.head : rates.backbone, momentum: momentum, nesterov: nesterov,
        decay: span.decays ? weightDecay : 0, scale: scale)
    }
    let velocity = memories.first
    let (kernels, pieces) = (passes.updates, pieces)
    passes.run(pieces.count) { task in
      let piece = pieces[task]
      let start = piece.range.lowerBound
      unsafe kernels.descend(
        steps[piece.span], count: piece.range.count, gradient: gradients + start, weights: values + start,
        velocity: velocity.map { unsafe $0.pointer + start })
    }
  }

  private func adapt(
    _ values: UnsafeMutablePointer<Float>, _ gradients: UnsafePointer<Float>, _ rates: LearningRates,
    betas: (Double, Double), epsilon: Double, isDecoupled: Bool, scale: Float
  ) {
    let steps = zip(spans, steps).map { span, done in
      let rate = span.isHead ? rates.head : rates.backbone
      let decay = span.decays ? weightDecay : 0
      return UpdateKernels.Adaption(
        rate: rate / (1 - power(betas.0, done)), beta1: betas.0, beta2: betas.1,
        root: (1 - power(betas.1, done)).squareRoot(), epsilon: epsilon, decay: isDecoupled ? 0 : decay,
        shrinkage: isDecoupled ? 1 - rate * decay : 1, scale: scale)
    }
    let (first, second) = (memories[0], memories[1])
    let (kernels, pieces) = (passes.updates, pieces)
    passes.run(pieces.count) { task in
      let piece = pieces[task]
      let start = piece.range.lowerBound
      unsafe kernels.adapt(
        steps[piece.span], count: piece.range.count, gradient: gradients + start, weights: values + start,
        first: first.pointer + start, second: second.pointer + start)
    }
  }

  /// A whole power by squaring.
  private func power(_ base: Double, _ exponent: Int) -> Double {
    var (result, factor, rest) = (1.0, base, exponent)
    while rest > 0 {
      if rest & 1 == 1 { result *= factor }
      factor *= factor
      rest >>= 1
    }
    return result
  }
}

extension Optimizer {
  /// What is remembered of a span: a name, and the numbers as an array of one dimension.
  package func memories(of span: Int) -> [(name: String, tensor: Tensor)] {
    let range = spans[span].range
    return zip(rule.memories, memories).map { name, array in
      (name, array.tensor(range, shape: [range.count]))
    }
  }

  /// Gives a span back what another optimizer of the same rule remembered of it.
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
