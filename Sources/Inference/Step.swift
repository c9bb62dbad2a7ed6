import Kernels

/// One step of a plan, ready to run.
struct Step: Sendable {
  enum Kernel: Sendable {
    case convolution(PreparedConvolution)
    case winograd(PreparedWinograd)
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

  /// One feature map in a picture's part of the arena.
  struct Place: Sendable {
    var offset: Int
    /// Its size, padded.
    var floats: Int
  }

  /// Floats of feature maps that one picture reads and writes.
  var activationFloats: Int {
    input.floats + output.floats + (residual?.floats ?? 0) + (second?.floats ?? 0)
  }

  /// The path of the node that gives the step its weights or its work.
  let name: String
  /// [height, width, channels]
  let outputShape: [Int]
  /// For one picture, as the layer is defined.
  let multiplyAdds: Int
  let kernel: Kernel
  let input: Place
  /// The gate, or the other input of a join.
  let second: Place?
  let residual: Place?
  let output: Place

  /// Independent pieces of a batch.
  func taskCount(_ batch: Batch) -> Int {
    switch kernel {
    case .convolution(let kernel): kernel.taskCount * batch.pictures
    case .winograd(let kernel): kernel.taskCount(pictures: batch.pictures, workers: batch.workers)
    case .affine(let kernel): kernel.taskCount * batch.pictures
    case .groupNorm(let kernel): kernel.taskCount * batch.pictures
    case .maxPool(let kernel): kernel.taskCount * batch.pictures
    case .weightedPool(let kernel): kernel.taskCount * batch.pictures
    case .linear(let kernel): kernel.taskCount * batch.pictures
    case .globalAveragePool(let kernel): kernel.taskCount * batch.pictures
    case .globalMaxPool, .zeroPad, .channelConvolution, .join: batch.pictures
    }
  }

  /// Floats of scratch that each worker needs.
  var scratchCount: Int {
    switch kernel {
    case .convolution(let kernel): kernel.scratchCount
    case .winograd(let kernel): kernel.scratchCount
    case .linear(let kernel): kernel.scratchCount
    case .groupNorm(let kernel): kernel.scratchCount
    case .affine, .maxPool, .weightedPool, .globalAveragePool, .globalMaxPool, .zeroPad, .channelConvolution,
      .join:
      0
    }
  }

  /// What runs together, and on what.
  struct Batch {
    /// The first of the pictures at hand.
    var first: Int
    /// Pictures at hand.
    var pictures: Int
    var workers: Int
    /// Floats between the feature maps of two pictures.
    var pictureStep: Int
  }

  /// Computes one piece of a batch. Pieces go by place first, then by picture, so that weights are used for all pictures
  /// while they are in cache.
  ///
  /// - Parameters:
  ///   - arena: the batch's feature maps.
  ///   - scratch: of this worker.
  func run(
    task: Int, batch: Batch, arena: UnsafeMutablePointer<Float>, scratch: UnsafeMutablePointer<Float>
  ) {
    if case .winograd(let kernel) = kernel {
      unsafe runWinograd(kernel, task: task, batch: batch, arena: arena, scratch: scratch)
      return
    }
    let (task, picture) = (task / batch.pictures, task % batch.pictures)
    func pointer(_ place: Place) -> UnsafeMutablePointer<Float> {
      unsafe arena + ((batch.first + picture) * batch.pictureStep + place.offset)
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
      unsafe kernel.run(task: task, input: input, output: output)
    case .globalMaxPool(let kernel):
      unsafe kernel.run(input: input, output: output)
    case .zeroPad(let kernel):
      unsafe kernel.run(input: input, output: output)
    case .linear(let kernel):
      unsafe kernel.run(task: task, input: input, output: output, scratch: scratch)
    case .channelConvolution(let kernel):
      unsafe kernel.run(input: input, output: output)
    case .join(let kernel):
      unsafe kernel.run(first: input, second: second ?? input, output: output)
    case .winograd:
      break
    }
  }

  private func runWinograd(
    _ kernel: PreparedWinograd, task: Int, batch: Batch, arena: UnsafeMutablePointer<Float>,
    scratch: UnsafeMutablePointer<Float>
  ) {
    func pointer(_ place: Place) -> UnsafeMutablePointer<Float> {
      unsafe arena + (batch.first * batch.pictureStep + place.offset)
    }
    let residual = unsafe self.residual.map { unsafe UnsafePointer(pointer($0)) }
    unsafe kernel.run(
      task: task, pictures: batch.pictures, workers: batch.workers, input: pointer(input),
      inputStep: batch.pictureStep, residual: residual, output: pointer(output),
      outputStep: batch.pictureStep,
      scratch: scratch)
  }
}
