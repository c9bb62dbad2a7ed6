import Kernels

/// One step of a plan, ready to run.
struct Step: Sendable {
  enum Kernel: Sendable {
    case convolution(PreparedConvolution)
    case affine(PreparedAffine)
    case groupNorm(PreparedGroupNorm)
    case maxPool(PreparedMaxPool)
    case weightedPool(PreparedWeightedPool)
    case globalAveragePool(PreparedAveragePool)
    case globalMaxPool(PreparedGlobalMaxPool)
    case zeroPad(PreparedZeroPad)
    case linear(PreparedLinear)
    case channelConvolution(PreparedChannelConvolution)
    case join(PreparedJoin)
  }

  /// One feature map in the arena.
  struct Place: Sendable {
    /// For a batch of one; a batch of n begins n times as far.
    var offset: Int
    /// Floats of one picture, padded.
    var floats: Int
  }

  /// The path of the node that gives the step its weights or its work.
  let name: String
  let kernel: Kernel
  let input: Place
  /// The gate, or the other input of a join.
  let second: Place?
  let residual: Place?
  let output: Place

  /// Independent pieces of one picture.
  var taskCount: Int {
    switch kernel {
    case .convolution(let kernel): kernel.taskCount
    case .affine(let kernel): kernel.taskCount
    case .groupNorm(let kernel): kernel.taskCount
    case .maxPool(let kernel): kernel.taskCount
    case .weightedPool(let kernel): kernel.taskCount
    case .linear(let kernel): kernel.taskCount
    case .globalAveragePool, .globalMaxPool, .zeroPad, .channelConvolution, .join: 1
    }
  }

  /// Floats of scratch that each worker needs.
  var scratchCount: Int {
    switch kernel {
    case .convolution(let kernel): kernel.scratchCount
    case .groupNorm(let kernel): kernel.scratchCount
    default: 0
    }
  }

  /// Computes one piece of one picture.
  ///
  /// - Parameters:
  ///   - arena: a batch of `capacity` pictures.
  ///   - scratch: of this worker.
  func run(
    task: Int, picture: Int, capacity: Int, arena: UnsafeMutablePointer<Float>,
    scratch: UnsafeMutablePointer<Float>
  ) {
    func pointer(_ place: Place) -> UnsafeMutablePointer<Float> {
      unsafe arena + (place.offset * capacity + picture * place.floats)
    }
    let input = unsafe UnsafePointer(pointer(self.input))
    let residual = unsafe self.residual.map { unsafe UnsafePointer(pointer($0)) }
    let second = unsafe self.second.map { unsafe UnsafePointer(pointer($0)) }
    let output = unsafe pointer(self.output)
    switch kernel {
    case .convolution(let kernel):
      unsafe kernel.run(task: task, input: input, residual: residual, output: output, scratch: scratch)
    case .affine(let kernel):
      unsafe kernel.run(task: task, input: input, gate: second, residual: residual, output: output)
    case .groupNorm(let kernel):
      unsafe kernel.run(task: task, input: input, residual: residual, output: output, scratch: scratch)
    case .maxPool(let kernel):
      unsafe kernel.run(task: task, input: input, output: output)
    case .weightedPool(let kernel):
      unsafe kernel.run(task: task, input: input, output: output)
    case .globalAveragePool(let kernel):
      unsafe kernel.run(input: input, output: output)
    case .globalMaxPool(let kernel):
      unsafe kernel.run(input: input, output: output)
    case .zeroPad(let kernel):
      unsafe kernel.run(input: input, output: output)
    case .linear(let kernel):
      unsafe kernel.run(task: task, input: input, output: output)
    case .channelConvolution(let kernel):
      unsafe kernel.run(input: input, output: output)
    case .join(let kernel):
      unsafe kernel.run(first: input, second: second ?? input, output: output)
    }
  }
}
