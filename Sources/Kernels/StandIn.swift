/// Naive; until the kernels come.
@safe package final class TrainedConvolution: ParallelJob {
  private let w: Window
  private let outputs: Int
  private let groups: Int
  private var weights: [Float] = []
  private var phase = 0
  private var a: UnsafePointer<Float>?
  private var b: UnsafePointer<Float>?
  private var c: UnsafeMutablePointer<Float>?
  private var aStep = 0, bStep = 0, cStep = 0, pictures = 0
  private var accumulate = false
  package init(window: Window, outputChannels: Int, groups: Int, kernels: KernelTable = .current) {
    w = window
    outputs = outputChannels
    self.groups = groups
  }
  package func pack(weights: UnsafePointer<Float>, needsInputGradient: Bool, pool: WorkerPool) {
    unsafe self.weights = Array(UnsafeBufferPointer(start: weights, count: outputs * w.channels / groups * w.kernel * w.kernel))
  }
  package func forward(
    input: UnsafePointer<Float>, inputStep: Int, output: UnsafeMutablePointer<Float>, outputStep: Int,
    bias: UnsafePointer<Float>?, pictures: Int, pool: WorkerPool
  ) {
    phase = 0
    unsafe a = input; unsafe b = bias; unsafe c = output
    aStep = inputStep; cStep = outputStep
    pool.run(self, tasks: pictures)
  }
  package func inputGradient(
    outputGradient: UnsafePointer<Float>, outputStep: Int, inputGradient: UnsafeMutablePointer<Float>,
    inputStep: Int, accumulate: Bool, pictures: Int, pool: WorkerPool
  ) {
    phase = 1
    unsafe a = outputGradient; unsafe c = inputGradient
    aStep = outputStep; cStep = inputStep
    self.accumulate = accumulate
    pool.run(self, tasks: pictures)
  }
  package func weightGradient(
    input: UnsafePointer<Float>, inputStep: Int, outputGradient: UnsafePointer<Float>, outputStep: Int,
    weightGradient: UnsafeMutablePointer<Float>, biasGradient: UnsafeMutablePointer<Float>?, pictures: Int,
    pool: WorkerPool
  ) {
    phase = 2
    unsafe a = input; unsafe b = outputGradient; unsafe c = weightGradient
    aStep = inputStep; bStep = outputStep
    self.pictures = pictures
    pool.run(self, tasks: outputs)
    if let biasGradient = unsafe biasGradient {
      for o in 0..<outputs {
        var sum = 0.0
        for n in 0..<pictures { for p in 0..<w.outputPixels { unsafe sum += Double(outputGradient[n * outputStep + p * outputs + o]) } }
        unsafe biasGradient[o] = Float(sum)
      }
    }
  }
  private func taps(_ body: (_ outPixel: Int, _ inPixel: Int, _ tap: Int) -> Void) {
    for y in 0..<w.outputHeight { for x in 0..<w.outputWidth {
      for ky in 0..<w.kernel { for kx in 0..<w.kernel {
        let iy = y * w.stride + ky * w.dilation - w.padding, ix = x * w.stride + kx * w.dilation - w.padding
        if iy >= 0, iy < w.inputHeight, ix >= 0, ix < w.inputWidth {
          body(y * w.outputWidth + x, iy * w.inputWidth + ix, ky * w.kernel + kx)
        }
      } }
    } }
  }
  package func run(task: Int, worker: Int) {
    let gi = w.channels / groups, go = outputs / groups, kk = w.kernel * w.kernel
    guard let a = unsafe a, let c = unsafe c else { return }
    unsafe weights.withUnsafeBufferPointer { weights in
    switch phase {
    case 0:
      let x = unsafe a + task * aStep, y = unsafe c + task * cStep
      for p in 0..<w.outputPixels { for o in 0..<outputs { unsafe y[p * outputs + o] = b?[o] ?? 0 } }
      taps { op, ip, t in
        for o in 0..<outputs { let base = o / go * gi
          var s: Float = 0
          for i in 0..<gi { unsafe s += weights[(o * gi + i) * kk + t] * x[ip * w.channels + base + i] }
          unsafe y[op * outputs + o] += s
        }
      }
    case 1:
      let g = unsafe a + task * aStep, dx = unsafe c + task * cStep
      if !accumulate { unsafe dx.update(repeating: 0, count: w.inputHeight * w.inputWidth * w.channels) }
      taps { op, ip, t in
        for o in 0..<outputs { let base = o / go * gi
          let v = unsafe g[op * outputs + o]
          for i in 0..<gi { unsafe dx[ip * w.channels + base + i] += v * weights[(o * gi + i) * kk + t] }
        }
      }
    default:
      guard let b = unsafe b else { return }
      let o = task, base = o / go * gi
      let dw = unsafe c + o * gi * kk
      var sums = Array(repeating: 0.0, count: gi * kk)
      for n in 0..<pictures {
        let x = unsafe a + n * aStep, g = unsafe b + n * bStep
        taps { op, ip, t in
          let v = unsafe Double(g[op * outputs + o])
          for i in 0..<gi { unsafe sums[i * kk + t] += v * Double(x[ip * w.channels + base + i]) }
        }
      }
      for i in sums.indices { unsafe dw[i] = Float(sums[i]) }
    }
    }
  }
}
/// Naive; until the kernels come.
@safe package final class TrainedLinear {
  private let convolution: TrainedConvolution
  package init(inputs: Int, outputs: Int, kernels: KernelTable = .current) {
    convolution = TrainedConvolution(window: Window(inputHeight: 1, inputWidth: 1, channels: inputs, outputHeight: 1, outputWidth: 1, kernel: 1, stride: 1, padding: 0), outputChannels: outputs, groups: 1, kernels: kernels)
  }
  package func pack(weights: UnsafePointer<Float>, needsInputGradient: Bool, pool: WorkerPool) {
    unsafe convolution.pack(weights: weights, needsInputGradient: needsInputGradient, pool: pool)
  }
  package func forward(
    input: UnsafePointer<Float>, inputStep: Int, output: UnsafeMutablePointer<Float>, outputStep: Int,
    bias: UnsafePointer<Float>?, pictures: Int, pool: WorkerPool
  ) {
    unsafe convolution.forward(input: input, inputStep: inputStep, output: output, outputStep: outputStep, bias: bias, pictures: pictures, pool: pool)
  }
  package func inputGradient(
    outputGradient: UnsafePointer<Float>, outputStep: Int, inputGradient: UnsafeMutablePointer<Float>,
    inputStep: Int, accumulate: Bool, pictures: Int, pool: WorkerPool
  ) {
    unsafe convolution.inputGradient(outputGradient: outputGradient, outputStep: outputStep, inputGradient: inputGradient, inputStep: inputStep, accumulate: accumulate, pictures: pictures, pool: pool)
  }
  package func weightGradient(
    input: UnsafePointer<Float>, inputStep: Int, outputGradient: UnsafePointer<Float>, outputStep: Int,
    weightGradient: UnsafeMutablePointer<Float>, biasGradient: UnsafeMutablePointer<Float>?, pictures: Int,
    pool: WorkerPool
  ) {
    unsafe convolution.weightGradient(input: input, inputStep: inputStep, outputGradient: outputGradient, outputStep: outputStep, weightGradient: weightGradient, biasGradient: biasGradient, pictures: pictures, pool: pool)
  }
}
