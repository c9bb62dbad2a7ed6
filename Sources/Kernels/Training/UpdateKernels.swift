import CKernels

/// The passes of optimizers over flat arrays, for one instruction set. `updates.inc.h` lists them with their constants.
@safe package struct UpdateKernels: Sendable {
  private let kernels: KernelTable

  package init(_ kernels: KernelTable) {
    self.kernels = kernels
  }

  /// One pass over weights.
  @safe package struct Update: @unchecked Sendable {
    private let update: rz_update
    /// Floats that the pass takes as its constants.
    package let constantCount: Int
    /// Sums that the pass gives.
    package let sumCount: Int

    fileprivate init(_ update: rz_update) {
      unsafe self.update = unsafe update
      constantCount = unsafe update.constants
      sumCount = unsafe update.sums
    }

    /// Changes weights by their gradients.
    ///
    /// - Parameters:
    ///   - constants: as many as ``constantCount``.
    ///   - memories: the arrays that are kept from step to step, as many as the pass knows; nil for none.
    ///   - sums: what the pass adds its sums to; nil where it gives none.
    package func run(
      constants: UnsafePointer<Float>, count: Int, gradient: UnsafePointer<Float>,
      weights: UnsafeMutablePointer<Float>, memories: UnsafePointer<UnsafeMutablePointer<Float>>?,
      sums: UnsafeMutablePointer<Double>?
    ) {
      unsafe update.run(constants, count, gradient, weights, memories, sums)
    }
  }

  /// The pass of a name.
  ///
  /// - Precondition: there is one.
  package func update(_ name: String) -> Update {
    for index in 0..<(unsafe kernels.c.pointee.updates.count) {
      let update = unsafe kernels.c.pointee.updates.all[index]
      if unsafe String(cString: update.name) == name { return unsafe Update(update) }
    }
    preconditionFailure("no optimizer's pass is named '\(name)'")
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
