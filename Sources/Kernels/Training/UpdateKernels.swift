import CKernels

/// The kernels of optimizers, for one instruction set.
@safe package struct UpdateKernels: Sendable {
  private let kernels: KernelTable

  package init(_ kernels: KernelTable) {
    self.kernels = kernels
  }

  /// Stochastic gradient descent of some weights.
  ///
  /// - Parameters:
  ///   - weights: as many as `gradient` has.
  ///   - velocity: nil without momentum.
  package func descend(
    _ step: Descent, count: Int, gradient: UnsafePointer<Float>, weights: UnsafeMutablePointer<Float>,
    velocity: UnsafeMutablePointer<Float>?
  ) {
    var parameters = rz_descent(
      rate: Float(step.rate), momentum: Float(step.momentum), decay: Float(step.decay), scale: step.scale,
      nesterov: step.nesterov)
    unsafe kernels.c.pointee.updates.descend(&parameters, count, gradient, weights, velocity)
  }

  /// A step of Adam or AdamW.
  ///
  /// - Parameters:
  ///   - first: the running means of the gradients.
  ///   - second: the running means of their squares.
  package func adapt(
    _ step: Adaption, count: Int, gradient: UnsafePointer<Float>, weights: UnsafeMutablePointer<Float>,
    first: UnsafeMutablePointer<Float>, second: UnsafeMutablePointer<Float>
  ) {
    var parameters = rz_adam(
      rate: Float(step.rate), first_share: Float(1 - step.beta1), second_share: Float(1 - step.beta2),
      beta2: Float(step.beta2), root: Float(step.root), epsilon: Float(step.epsilon),
      decay: Float(step.decay), shrinkage: Float(step.shrinkage), scale: step.scale)
    unsafe kernels.c.pointee.updates.adam(&parameters, count, gradient, weights, first, second)
  }

  /// average += share · (values − average)
  package func blend(
    count: Int, share: Float, values: UnsafePointer<Float>, average: UnsafeMutablePointer<Float>
  ) {
    unsafe kernels.c.pointee.updates.blend(count, share, values, average)
  }

  /// The sum of the squares, which is finite exactly when all values are.
  package func squares(count: Int, values: UnsafePointer<Float>) -> Double {
    unsafe kernels.c.pointee.updates.squares(count, values)
  }
}

extension UpdateKernels {
  /// The constants of a step of stochastic gradient descent.
  package struct Descent: Sendable {
    package var rate: Double
    package var momentum: Double
    package var nesterov: Bool
    /// Times the weight, added to the gradient.
    package var decay: Double
    /// Times the gradient, before everything else.
    package var scale: Float

    package init(rate: Double, momentum: Double, nesterov: Bool, decay: Double, scale: Float) {
      self.rate = rate
      self.momentum = momentum
      self.nesterov = nesterov
      self.decay = decay
      self.scale = scale
    }
  }

  /// The constants of a step of Adam.
  package struct Adaption: Sendable {
    /// The learning rate over 1 − beta1^t.
    package var rate: Double
    package var beta1: Double
    package var beta2: Double
    /// The root of 1 − beta2^t.
    package var root: Double
    package var epsilon: Double
    /// Times the weight, added to the gradient.
    package var decay: Double
    /// Times the weight, before everything else.
    package var shrinkage: Double
    /// Times the gradient, before everything else.
    package var scale: Float

    package init(
      rate: Double, beta1: Double, beta2: Double, root: Double, epsilon: Double, decay: Double,
      shrinkage: Double, scale: Float
    ) {
      self.rate = rate
      self.beta1 = beta1
      self.beta2 = beta2
      self.root = root
      self.epsilon = epsilon
      self.decay = decay
      self.shrinkage = shrinkage
      self.scale = scale
    }
  }
}
