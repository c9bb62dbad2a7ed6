import Kernels
import Messages
import ResNetModel
import TensorCore
import Threads

/// A network, its optimizer and the average of its weights: all that a step needs beside a batch.
final class TrainingEngine {
  let network: TrainingNetwork
  private let optimizer: Optimizer
  private let values: ExponentialMovingAverage?
  private let statistics: ExponentialMovingAverage?
  private let passes: FlatPasses
  private let options: TrainingOptions
  private let loss: any TrainingLoss

  /// The result of a step.
  struct Outcome {
    var metrics: StepMetrics
    /// The norm of all gradients before clipping; nil unless it was asked for.
    var gradientNorm: Double?
    /// True if the loss and the gradients were finite; otherwise no weight was changed.
    var isFinite: Bool
  }

  /// - Parameters:
  ///   - selection: the layers that train.
  ///   - loss: the loss with the weights of the classes.
  init(
    _ model: Model, selection: LayerSelection, options: TrainingOptions, loss: any TrainingLoss, height: Int,
    width: Int, pool: WorkerPool
  ) throws(TrainingError) {
    network = try TrainingNetwork(
      model, selection: selection, height: height, width: width, capacity: options.batch,
      arithmetic: options.precision.arithmetic, pool: pool)
    self.options = options
    self.loss = loss
    let slices = network.parameters.map { parameter in
      ParameterSlice(
        name: parameter.name, range: parameter.range, isHead: parameter.isHead,
        decays: !(options.exemptsNormsAndBiases && parameter.isExempt))
    }
    optimizer = Optimizer(rule: options.rule, weightDecay: options.weightDecay, slices: slices, pool: pool)
    passes = FlatPasses(pool: pool)
    values = options.averaging.map {
      ExponentialMovingAverage(decay: $0, count: slices.last?.range.upperBound ?? 0, pool: pool)
    }
    let count = network.statistics.last?.range.upperBound ?? 0
    statistics = options.averaging.map { ExponentialMovingAverage(decay: $0, count: count, pool: pool) }
  }

  /// Computes the gradients of a batch and changes the weights by them.
  ///
  /// - Parameter randomness: the seed of dropout and stochastic depth; another number in each step.
  func step(_ batch: TrainingBatch, rates: LearningRates, randomness: UInt64) -> Outcome {
    network.forward(batch, mode: .training(randomness: randomness))
    let metrics = network.backward(loss, batch: batch)
    guard metrics.loss.isFinite else {
      return Outcome(metrics: metrics, gradientNorm: nil, isFinite: false)
    }
    let norm = network.withMutableValues { values in
      network.withGradients { gradients in
        optimizer.step(
          values: &values, gradients: gradients, rates: rates, clipping: options.clipping)
      }
    }
    if let norm, !norm.isFinite { return Outcome(metrics: metrics, gradientNorm: norm, isFinite: false) }
    if let values, let statistics {
      network.withValues { values.update($0) }
      network.withStatistics { statistics.update($0) }
    }
    return Outcome(metrics: metrics, gradientNorm: norm, isFinite: true)
  }

  /// Exchanges the weights and running statistics with their averages; does nothing where none are kept.
  func exchangeAverages() {
    guard let values, let statistics, values.updates > 0 else { return }
    network.withMutableValues { values.exchange(with: &$0) }
    network.withMutableStatistics { statistics.exchange(with: &$0) }
  }

  /// True if all weights and running statistics are finite.
  var isFinite: Bool {
    let sums = [
      network.withValues { sumOfSquares($0) },
      network.withStatistics { sumOfSquares($0) },
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
  /// The current weights and running statistics that training changes.
  var tensors: [String: Tensor] {
    var tensors: [String: Tensor] = [:]
    for parameter in network.parameters {
      tensors[parameter.name] = network.withValues { $0.tensor(parameter) }
    }
    for parameter in network.statistics {
      tensors[parameter.name] = network.withStatistics { $0.tensor(parameter) }
    }
    return tensors
  }

  /// Writes all that resuming needs into a state.
  func save(to state: inout TrainingState) {
    state.weights = tensors
    state.averages = averages
    state.memories = [:]
    state.progress.stepsOfTensor = [:]
    for (index, slice) in optimizer.slices.enumerated() {
      state.progress.stepsOfTensor[slice.name] = optimizer.steps[index]
      for (name, tensor) in optimizer.memories(of: index) {
        state.memories[name, default: [:]][slice.name] = tensor
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

  /// Restores a saved state. Tensors that train only from now on begin as they are in the network, and with empty memories of the
  /// optimizer.
  ///
  /// - Throws: ``TrainingError`` with ``TrainingError/Code/state`` when the state is of another network.
  func restore(_ state: TrainingState) throws(TrainingError) {
    for parameter in network.parameters {
      guard let tensor = try fitting(state.weights[parameter.name], parameter) else { continue }
      network.withMutableValues { $0.set(parameter, to: tensor) }
    }
    for parameter in network.statistics {
      guard let tensor = try fitting(state.weights[parameter.name], parameter) else { continue }
      network.withMutableStatistics { $0.set(parameter, to: tensor) }
    }
    for (index, slice) in optimizer.slices.enumerated() {
      guard let steps = state.progress.stepsOfTensor[slice.name] else { continue }
      let memories = optimizer.rule.definition.memories.map { state.memories[$0]?[slice.name] }
      guard
        memories.allSatisfy({ $0?.elementType == .float32 && $0?.shape.elementCount == slice.range.count })
      else { throw TrainingError(.state, "the state has no fitting memory of \(slice.name)") }
      optimizer.restore(slice: index, steps: steps, memories: memories.compactMap(\.self))
    }
    guard let values, let statistics, state.progress.averagedSteps > 0 else { return }
    // Tensors that begin to train have no average yet; it begins as their weights.
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
