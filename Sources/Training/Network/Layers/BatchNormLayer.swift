import Kernels
import Threads

/// A batch norm with optional residual and ReLU. One that trains takes the batch's statistics; a frozen one is what its running
/// statistics make of it.
@safe final class BatchNormLayer: TrainingLayer, ParallelJob {
  private let maps: LayerMaps
  private let norm: TrainedBatchNorm
  private let relu: Bool
  private let momentum: Double
  private let parameters: TrainedBatchNorm.Pair
  private let running: TrainedBatchNorm.Pair
  /// Nil for a frozen norm.
  private let gradients: TrainedBatchNorm.Pair?
  private let elementwise = ElementwiseKernels()
  private var pass: NetworkPass?

  init(
    maps: LayerMaps, norm: TrainedBatchNorm, relu: Bool, momentum: Double, parameters: TrainedBatchNorm.Pair,
    running: TrainedBatchNorm.Pair, gradients: TrainedBatchNorm.Pair?
  ) {
    self.maps = maps
    self.norm = norm
    self.relu = relu
    self.momentum = momentum
    self.parameters = parameters
    self.running = running
    self.gradients = gradients
  }

  func forward(_ pass: NetworkPass) {
    let rows = pass.images * maps.input.pixels
    let input = unsafe maps.input.pointer(pass)
    let residual = unsafe maps.residual.map { unsafe UnsafePointer($0.pointer(pass)) }
    let output = unsafe maps.output.pointer(pass)
    if pass.isTraining, gradients != nil {
      // One row has no variance to learn from.
      unsafe norm.forward(
        rows: rows, input: input, residual: residual, relu: relu, output: output, parameters: parameters,
        running: running, momentum: rows > 1 ? momentum : 0, pool: pass.pool)
    } else {
      unsafe norm.forwardFrozen(
        rows: rows, input: input, residual: residual, relu: relu, output: output, parameters: parameters,
        running: running, pool: pass.pool)
    }
  }

  func backward(_ pass: NetworkPass) {
    guard let gradientMap = maps.outputGradient else { return }
    let rows = pass.images * maps.input.pixels
    let outputGradient = unsafe gradientMap.pointer(pass)
    let output = unsafe UnsafePointer(maps.output.pointer(pass))
    let inputGradient = unsafe maps.inputGradient.map { unsafe $0.map.pointer(pass) }
    let accumulates = maps.inputGradient?.accumulates ?? false
    if let gradients {
      unsafe norm.backward(
        rows: rows, outputGradient: outputGradient, input: maps.input.pointer(pass), relu: relu,
        output: relu && maps.residual != nil ? output : nil, parameterGradients: gradients,
        inputGradient: inputGradient, accumulates: accumulates, pool: pass.pool)
    } else {
      unsafe norm.backwardFrozen(
        rows: rows, outputGradient: outputGradient, output: relu ? output : nil,
        inputGradient: inputGradient, accumulates: accumulates, pool: pass.pool)
    }
    if let residual = maps.residualGradient, !residual.isPassed {
      self.pass = pass
      pass.pool.run(self, tasks: pass.images)
    }
  }

  /// Gives the output's gradient, masked, to the residual.
  func run(task: Int, worker: Int) {
    guard let pass, let source = maps.outputGradient, let target = maps.residualGradient else { return }
    unsafe elementwise.scale(
      count: source.step, by: 1, input: source.pointer(pass, image: task), accumulates: target.accumulates,
      output: target.map.pointer(pass, image: task))
  }
}
