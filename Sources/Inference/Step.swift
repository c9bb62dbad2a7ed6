import Kernels

/// One step of a plan, ready to run.
struct Step: Sendable {
  enum Kernel: Sendable {
    case convolution(PreparedConvolution)
    case maxPool(PreparedMaxPool)
    case averagePool(PreparedAveragePool)
    case zeroPad(PreparedZeroPad)
    case linear(PreparedLinear)
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
  let residual: Place?
  let output: Place

  /// Independent pieces of one picture.
  var taskCount: Int {
    switch kernel {
    case .convolution(let kernel): kernel.taskCount
    case .maxPool(let kernel): kernel.taskCount
    case .linear(let kernel): kernel.taskCount
    case .averagePool, .zeroPad: 1
    }
  }

  /// Floats of scratch that each worker needs.
  var scratchCount: Int {
    switch kernel {
    case .convolution(let kernel): kernel.scratchCount
    case .maxPool, .averagePool, .zeroPad, .linear: 0
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
    let output = unsafe pointer(self.output)
    switch kernel {
    case .convolution(let kernel):
      let residual = unsafe self.residual.map { unsafe UnsafePointer(pointer($0)) }
      unsafe kernel.run(task: task, input: input, residual: residual, output: output, scratch: scratch)
    case .maxPool(let kernel):
      unsafe kernel.run(task: task, input: input, output: output)
    case .averagePool(let kernel):
      unsafe kernel.run(input: input, output: output)
    case .zeroPad(let kernel):
      unsafe kernel.run(input: input, output: output)
    case .linear(let kernel):
      unsafe kernel.run(task: task, input: input, output: output)
    }
  }
}
