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

  /// One feature map in an image's part of the arena.
  struct Place: Sendable {
    var offset: Int
    /// Its size, padded.
    var floats: Int
  }

  /// Floats of feature maps that one image reads and writes.
  var activationFloats: Int {
    input.floats + output.floats + (residual?.floats ?? 0) + (second?.floats ?? 0)
  }

  /// The path of the node that gives the step its weights or its work.
  let name: String
  /// [height, width, channels]
  let outputShape: [Int]
  /// For one image, as the layer is defined.
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
    case .convolution(let kernel): kernel.taskCount * batch.images
    case .winograd(let kernel): kernel.taskCount(images: batch.images, workers: batch.workers)
    case .affine(let kernel): kernel.taskCount * batch.images
    case .groupNorm(let kernel): kernel.taskCount * batch.images
    case .maxPool(let kernel): kernel.taskCount * batch.images
    case .weightedPool(let kernel): kernel.taskCount * batch.images
    case .linear(let kernel): kernel.taskCount * batch.images
    case .globalAveragePool(let kernel): kernel.taskCount * batch.images
    case .globalMaxPool, .zeroPad, .channelConvolution, .join: batch.images
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
    /// The first of the images at hand.
    var first: Int
    /// Images at hand.
    var images: Int
    var workers: Int
    /// Floats between the feature maps of two images.
    var imageStep: Int
  }

  /// Computes one piece of a batch. Pieces go by place first, then by image, so that weights are used for all images
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
    let (task, image) = (task / batch.images, task % batch.images)
    func pointer(_ place: Place) -> UnsafeMutablePointer<Float> {
      unsafe arena + ((batch.first + image) * batch.imageStep + place.offset)
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
      unsafe arena + (batch.first * batch.imageStep + place.offset)
    }
    let residual = unsafe self.residual.map { unsafe UnsafePointer(pointer($0)) }
    unsafe kernel.run(
      task: task, images: batch.images, workers: batch.workers, input: pointer(input),
      inputStep: batch.imageStep, residual: residual, output: pointer(output),
      outputStep: batch.imageStep,
      scratch: scratch)
  }
}
