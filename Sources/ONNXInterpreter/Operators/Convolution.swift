import CPlainLoops
import TensorCore
import Threads
import WeightFiles

extension ONNXCall {
  func convolution() throws(ONNXFault) -> ONNXValue {
    let (input, weights) = (try input(0), try input(1))
    let rank = input.shape.count - 2
    guard rank == 1 || rank == 2, weights.shape.count == rank + 2 else {
      throw ONNXFault("convolves a value of extents \(input.shape) with weights of \(weights.shape)")
    }
    let window = try ONNXWindow(node, pixels: Array(input.shape[2...]), kernel: Array(weights.shape[2...]))
    let groups = node.integer("group") ?? 1
    let (inputs, outputs) = (input.shape[1], weights.shape[0])
    guard groups >= 1, outputs > 0, inputs > 0, inputs % groups == 0, outputs % groups == 0,
      weights.shape[1] == inputs / groups
    else {
      throw ONNXFault("has weights of extents \(weights.shape) in \(groups) groups for \(inputs) channels")
    }
    let bias = optional(2)
    if let bias, bias.shape != [outputs] { throw ONNXFault("has a bias of extents \(bias.shape)") }
    return try value([input.shape[0], outputs] + window.output) { () throws(ONNXFault) in
      guard let pixels = input.floats, let filters = weights.floats else { return nil }
      let shift = bias?.floats
      guard bias == nil || shift != nil else { return nil }
      func side(_ values: [Int], last: Bool, missing: Int = 1) -> Int {
        last ? values[values.count - 1] : rank == 2 ? values[values.count - 2] : missing
      }
      let map = Array(input.shape[2...])
      let geometry = rz_plain_convolution(
        input_channels: inputs, input_height: side(map, last: false), input_width: side(map, last: true),
        output_channels: outputs, output_height: side(window.output, last: false),
        output_width: side(window.output, last: true), kernel_height: side(window.kernel, last: false),
        kernel_width: side(window.kernel, last: true), stride_y: side(window.strides, last: false),
        stride_x: side(window.strides, last: true), dilation_y: side(window.dilations, last: false),
        dilation_x: side(window.dilations, last: true),
        padding_top: side(window.before, last: false, missing: 0),
        padding_left: side(window.before, last: true), groups: groups)
      let job = PlainConvolution(
        geometry, images: input.shape[0], input: pixels, weights: filters, bias: shift ?? [],
        workers: pool.threadCount)
      pool.run(job, tasks: input.shape[0] * outputs)
      return job.output
    }
  }
}

/// A convolution whose tasks are the output channels of all images.
private final class PlainConvolution: ParallelJob {
  private let geometry: rz_plain_convolution
  private let input: [Float]
  private let weights: [Float]
  private let bias: [Float]
  private let result: ScratchBuffer
  private let scratch: [ScratchBuffer]
  private let outputCount: Int

  init(
    _ geometry: rz_plain_convolution, images: Int, input: [Float], weights: [Float], bias: [Float],
    workers: Int
  ) {
    self.geometry = geometry
    self.input = input
    self.weights = weights
    self.bias = bias
    let pixels = geometry.output_height * geometry.output_width
    outputCount = images * geometry.output_channels * pixels
    result = ScratchBuffer(byteCount: 4 * outputCount)
    scratch = (0..<workers).map { _ in ScratchBuffer(byteCount: 12 * pixels) }
  }

  func run(task: Int, worker: Int) {
    let (image, channel) = (task / geometry.output_channels, task % geometry.output_channels)
    let pixels = geometry.output_height * geometry.output_width
    let start = image * geometry.input_channels * geometry.input_height * geometry.input_width
    let (memory, target) = (scratch[worker], result)
    var output = target.mutableBytes(in: 4 * task * pixels..<4 * (task + 1) * pixels)
    var sums = memory.mutableBytes(in: 0..<12 * pixels)
    // The sizes of all memory follow from the geometry, which was checked against the values' extents.
    unsafe output.withUnsafeMutableBytes { output in
      unsafe sums.withUnsafeMutableBytes { sums in
        unsafe input.withUnsafeBufferPointer { input in
          unsafe weights.withUnsafeBufferPointer { weights in
            unsafe bias.withUnsafeBufferPointer { bias in
              unsafe withUnsafePointer(to: geometry) { shape in
                unsafe rz_plain_convolve(
                  shape, input.baseAddress.map { unsafe $0 + start }, weights.baseAddress,
                  bias.isEmpty ? nil : bias.baseAddress,
                  output.assumingMemoryBound(to: Float.self).baseAddress,
                  sums.assumingMemoryBound(to: Double.self).baseAddress, channel, channel + 1)
              }
            }
          }
        }
      }
    }
  }

  var output: [Float] {
    let memory = result
    let bytes = memory.bytes(in: 0..<4 * outputCount)
    return unsafe bytes.withUnsafeBytes { unsafe Array($0.assumingMemoryBound(to: Float.self)) }
  }
}
