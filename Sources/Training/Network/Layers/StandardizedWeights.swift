import Kernels
import TensorCore
import Threads

/// Weights of [outputs, …] of which each output's have mean 0 and variance 1 but for an epsilon, and the way of their
/// gradients back (Qiao et al. 2019).
@safe final class StandardizedWeights: ParallelJob {
  private let outputs: Int
  private let count: Int
  private let epsilon: Double
  private let standardized: AlignedBuffer
  private let inverses: AlignedBuffer
  private var source: UnsafePointer<Float>?
  private var gradient: UnsafeMutablePointer<Float>?

  /// - Parameter count: weights of each output.
  init(outputs: Int, count: Int, epsilon: Double) {
    self.outputs = outputs
    self.count = count
    self.epsilon = epsilon
    standardized = AlignedBuffer(floatCount: outputs * count)
    inverses = AlignedBuffer(byteCount: outputs * MemoryLayout<Double>.stride)
  }

  /// Standardises weights.
  ///
  /// - Returns: the standardised ones, valid until the next call.
  func update(_ weights: UnsafePointer<Float>, pool: WorkerPool) -> UnsafePointer<Float> {
    unsafe source = weights
    unsafe gradient = nil
    pool.run(self, tasks: outputs)
    return unsafe UnsafePointer(standardized.baseAddress.assumingMemoryBound(to: Float.self))
  }

  /// Makes gradients of the weights of those of the standardised ones, where they lie.
  func pullBack(_ gradient: UnsafeMutablePointer<Float>, pool: WorkerPool) {
    unsafe self.gradient = gradient
    pool.run(self, tasks: outputs)
  }

  func run(task: Int, worker: Int) {
    let target =
      unsafe standardized.baseAddress.assumingMemoryBound(to: Float.self) + task * count
    let inverse = unsafe inverses.baseAddress.assumingMemoryBound(to: Double.self) + task
    if let gradient = unsafe gradient {
      unsafe pullBack(gradient + task * count, standardized: target, inverse: inverse.pointee)
    } else if let source = unsafe source {
      unsafe inverse.pointee = standardize(source + task * count, into: target)
    }
  }

  private func standardize(
    _ source: UnsafePointer<Float>, into target: UnsafeMutablePointer<Float>
  ) -> Double {
    var mean = 0.0
    for index in 0..<count { unsafe mean += Double(source[index]) }
    mean /= Double(count)
    var variance = 0.0
    for index in 0..<count {
      let difference = unsafe Double(source[index]) - mean
      variance += difference * difference
    }
    let inverse = 1 / (variance / Double(count) + epsilon).squareRoot()
    for index in 0..<count { unsafe target[index] = Float((Double(source[index]) - mean) * inverse) }
    return inverse
  }

  /// As for a norm: the gradient loses its mean and its part along the standardised weights.
  private func pullBack(
    _ gradient: UnsafeMutablePointer<Float>, standardized: UnsafePointer<Float>, inverse: Double
  ) {
    var sum = 0.0
    var product = 0.0
    for index in 0..<count {
      unsafe sum += Double(gradient[index])
      unsafe product += Double(gradient[index]) * Double(standardized[index])
    }
    sum /= Double(count)
    product /= Double(count)
    for index in 0..<count {
      unsafe gradient[index] = Float(
        inverse * (Double(gradient[index]) - sum - Double(standardized[index]) * product))
    }
  }
}
