import Kernels
import ResNetModel
import TensorCore
import Threads

/// A network, what changes its weights, and their average: all that a step needs beside a batch.
final class TrainingEngine {
  let network: TrainingNetwork
  private let optimizer: Optimizer
  private let values: ExponentialMovingAverage?
  private let statistics: ExponentialMovingAverage?
  private let passes: FlatPasses
  private let options: TrainingOptions
  private let loss: CrossEntropy

  /// What a step came to.
  struct Outcome {
    var figures: StepFigures
    /// Of all gradients, before clipping; nil where nobody asked for it.
    var gradientNorm: Double?
    /// Whether the loss and the gradients were finite; otherwise no weight was changed.
    var isFinite: Bool
  }

  /// - Parameters:
  ///   - selection: what trains.
  ///   - loss: with the weights of the classes.
  init(
    _ model: Model, selection: LayerSelection, options: TrainingOptions, loss: CrossEntropy, height: Int,
    width: Int, pool: WorkerPool
  ) throws(TrainingError) {
    network = try TrainingNetwork(
      model, selection: selection, height: height, width: width, capacity: options.batch, pool: pool)
    self.options = options
    self.loss = loss
    let spans = network.parameters.map { parameter in
      ParameterSpan(
        name: parameter.name, range: parameter.range, isHead: parameter.isHead,
        decays: !(options.exemptsNormsAndBiases && parameter.isExempt))
    }
    optimizer = Optimizer(rule: options.rule, weightDecay: options.weightDecay, spans: spans, pool: pool)
    passes = FlatPasses(pool: pool)
    values = options.averaging.map {
      ExponentialMovingAverage(decay: $0, count: spans.last?.range.upperBound ?? 0, pool: pool)
    }
    let count = network.statistics.last?.range.upperBound ?? 0
    statistics = options.averaging.map { ExponentialMovingAverage(decay: $0, count: count, pool: pool) }
  }

  /// Computes the gradients of a batch and changes the weights by them.
  ///
  /// - Parameter randomness: for dropout and the like; another number in each step.
  func step(_ batch: TrainingBatch, rates: LearningRates, randomness: UInt64) -> Outcome {
    network.forward(batch, mode: .training(randomness: randomness))
    let figures = network.backward(loss, batch: batch)
    guard figures.loss.isFinite else {
      return Outcome(figures: figures, gradientNorm: nil, isFinite: false)
    }
    let norm = network.withValues { values in
      network.withGradients { gradients in
        optimizer.step(
          values: &values, gradients: gradients.span, rates: rates, clipping: options.clipping)
      }
    }
    if let norm, !norm.isFinite { return Outcome(figures: figures, gradientNorm: norm, isFinite: false) }
    if let values, let statistics {
      network.withValues { values.update($0.span) }
      network.withStatistics { statistics.update($0.span) }
    }
    return Outcome(figures: figures, gradientNorm: norm, isFinite: true)
  }

  /// Puts the averages in the place of the weights and running statistics, or the other way round; nothing where none are kept.
  func exchangeAverages() {
    guard let values, let statistics, values.updates > 0 else { return }
    network.withValues { values.exchange(with: &$0) }
    network.withStatistics { statistics.exchange(with: &$0) }
  }

  /// Whether all weights and running statistics are finite.
  var isFinite: Bool {
    let sums = [
      network.withValues { sumOfSquares($0.span) },
      network.withStatistics { sumOfSquares($0.span) },
    ]
    return sums.allSatisfy(\.isFinite)
  }

  private func sumOfSquares(_ span: Span<Float>) -> Double {
    unsafe span.withUnsafeBufferPointer { buffer in
      guard let start = buffer.baseAddress else { return 0 }
      return unsafe passes.squares(start, count: buffer.count)
    }
  }
}

extension TrainingEngine {
  /// The weights and running statistics that training changes, as they are.
  var tensors: [String: Tensor] {
    var tensors: [String: Tensor] = [:]
    for parameter in network.parameters {
      tensors[parameter.name] = network.withValues { $0.span.tensor(parameter) }
    }
    for parameter in network.statistics {
      tensors[parameter.name] = network.withStatistics { $0.span.tensor(parameter) }
    }
    return tensors
  }

  /// Writes what is to be kept into a state.
  func save(to state: inout TrainingState) {
    state.weights = tensors
    state.averages = averages
    state.memories = [:]
    state.progress.stepsOfTensor = [:]
    for (index, span) in optimizer.spans.enumerated() {
      state.progress.stepsOfTensor[span.name] = optimizer.steps[index]
      for (name, tensor) in optimizer.memories(of: index) {
        state.memories[name, default: [:]][span.name] = tensor
      }
    }
    state.progress.averagedSteps = values?.updates ?? 0
  }

  private var averages: [String: Tensor] {
    guard let values, let statistics, values.updates > 0 else { return [:] }
    var tensors: [String: Tensor] = [:]
    for parameter in network.parameters {
      tensors[parameter.name] = values.values.tensor(parameter.range, shape: parameter.shape)
    }
    for parameter in network.statistics {
      tensors[parameter.name] = statistics.values.tensor(parameter.range, shape: parameter.shape)
    }
    return tensors
  }

  /// Goes on where a state was saved. What trains only from now on begins as it is in the network, and with an empty
  /// memory.
  ///
  /// - Throws: ``TrainingError`` with ``TrainingError/Code/state`` when the state is of another network.
  func restore(_ state: TrainingState) throws(TrainingError) {
    for parameter in network.parameters {
      guard let tensor = try fitting(state.weights[parameter.name], parameter) else { continue }
      network.withValues { $0.set(parameter, to: tensor) }
    }
    for parameter in network.statistics {
      guard let tensor = try fitting(state.weights[parameter.name], parameter) else { continue }
      network.withStatistics { $0.set(parameter, to: tensor) }
    }
    for (index, span) in optimizer.spans.enumerated() {
      guard let steps = state.progress.stepsOfTensor[span.name] else { continue }
      let memories = optimizer.rule.definition.memories.map { state.memories[$0]?[span.name] }
      guard
        memories.allSatisfy({ $0?.elementType == .float32 && $0?.shape.elementCount == span.range.count })
      else { throw TrainingError(.state, "the state has no fitting memory of \(span.name)") }
      optimizer.restore(span: index, steps: steps, memories: memories.compactMap(\.self))
    }
    guard let values, let statistics, state.progress.averagedSteps > 0 else { return }
    // What begins to train has no average yet; its weights so far stand for it.
    let current = tensors
    for parameter in network.parameters {
      let tensor = try fitting(state.averages[parameter.name], parameter) ?? current[parameter.name]
      if let tensor { values.values.set(parameter.offset, to: tensor) }
    }
    for parameter in network.statistics {
      let tensor = try fitting(state.averages[parameter.name], parameter) ?? current[parameter.name]
      if let tensor { statistics.values.set(parameter.offset, to: tensor) }
    }
    values.restore(updates: state.progress.averagedSteps)
    statistics.restore(updates: state.progress.averagedSteps)
  }

  private func fitting(
    _ tensor: Tensor?, _ parameter: TrainedParameter
  ) throws(TrainingError) -> Tensor? {
    guard let tensor else { return nil }
    guard tensor.elementType == .float32, tensor.shape == parameter.shape else {
      throw TrainingError(
        .state, "\(parameter.name) is \(tensor.shape) in the state and \(parameter.shape) in the network")
    }
    return tensor
  }
}

extension Span<Float> {
  fileprivate func tensor(_ parameter: TrainedParameter) -> Tensor {
    let range = parameter.range
    var copy = AlignedBuffer(floatCount: range.count, uninitialized: true)
    var target = copy.mutableFloats
    for index in 0..<range.count { target[index] = self[range.lowerBound + index] }
    return Tensor(shape: parameter.shape, elementType: .float32, buffer: copy)
  }
}

extension MutableSpan<Float> {
  @_lifetime(self: copy self)
  fileprivate mutating func set(_ parameter: TrainedParameter, to tensor: Tensor) {
    let floats = tensor.floats
    for index in floats.indices { self[parameter.offset + index] = floats[index] }
  }
}
