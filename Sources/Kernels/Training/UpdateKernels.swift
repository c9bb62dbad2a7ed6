import CKernels

/// The kernels of optimizers, for one instruction set.
@safe package struct UpdateKernels: Sendable {
  private let descend:
    @convention(c) @Sendable (
      UnsafePointer<rz_descent>?, Int, UnsafePointer<Float>?, UnsafeMutablePointer<Float>?,
      UnsafeMutablePointer<Float>?
    ) -> Void
  private let adapt:
    @convention(c) @Sendable (
      UnsafePointer<rz_adaption>?, Int, UnsafePointer<Float>?, UnsafeMutablePointer<Float>?,
      UnsafeMutablePointer<Float>?, UnsafeMutablePointer<Float>?
    ) -> Void
  private let blend:
    @convention(c) @Sendable (Int, Float, UnsafePointer<Float>?, UnsafeMutablePointer<Float>?) -> Void
  private let squares: @convention(c) @Sendable (Int, UnsafePointer<Float>?) -> Double

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
    unsafe descend(&parameters, count, gradient, weights, velocity)
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
    var parameters = rz_adaption(
      rate: Float(step.rate), first_share: Float(1 - step.beta1), second_share: Float(1 - step.beta2),
      beta2: Float(step.beta2), root: Float(step.root), epsilon: Float(step.epsilon),
      decay: Float(step.decay), shrinkage: Float(step.shrinkage), scale: step.scale)
    unsafe adapt(&parameters, count, gradient, weights, first, second)
  }

  /// average += share · (values − average)
  package func blend(
    count: Int, share: Float, values: UnsafePointer<Float>, average: UnsafeMutablePointer<Float>
  ) {
    unsafe blend(count, share, values, average)
  }

  /// The sum of the squares, which is finite exactly when all values are.
  package func squares(count: Int, values: UnsafePointer<Float>) -> Double {
    unsafe squares(count, values)
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

extension UpdateKernels {
  /// Those of an instruction set.
  package init(_ table: KernelTable) {
    switch table.name {
    #if arch(x86_64)
    case "avx512": self = .avx512
    case "avx2": self = .avx2
    #endif
    default: self = .portable
    }
  }

  private static let portable = unsafe UpdateKernels(
    descend: rz_descend_f32__portable, adapt: rz_adapt_f32__portable, blend: rz_blend_f32__portable,
    squares: rz_squares_f32__portable)

  #if arch(x86_64)
  private static let avx2 = unsafe UpdateKernels(
    descend: rz_descend_f32__avx2, adapt: rz_adapt_f32__avx2, blend: rz_blend_f32__avx2,
    squares: rz_squares_f32__avx2)

  private static let avx512 = unsafe UpdateKernels(
    descend: rz_descend_f32__avx512, adapt: rz_adapt_f32__avx512, blend: rz_blend_f32__avx512,
    squares: rz_squares_f32__avx512)
  #endif
}
