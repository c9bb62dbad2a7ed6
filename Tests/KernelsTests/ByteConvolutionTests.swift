import Kernels
import TensorCore
import TestSupport
import Testing
import Threads

/// Convolutions on bytes against sums of whole numbers, bit for bit.
@Suite struct ByteConvolutionTests {
  /// The usual shapes that plain loops do in a moment, and more panels, tiles and units.
  private static let shapes =
    ConvolutionCase.all.filter { $0.products <= 600_000 } + [
      .init(inputs: 3, outputs: 20, height: 13, width: 11, kernel: 7, stride: 2, padding: 3),
      .init(inputs: 16, outputs: 72, height: 6, width: 7, kernel: 3, padding: 1),
      .init(inputs: 68, outputs: 80, height: 3, width: 5, kernel: 1),
      .init(inputs: 12, outputs: 130, height: 8, width: 7, kernel: 3, stride: 2, padding: 1),
    ]

  @Test(arguments: shapes)
  func everyTableOfKernelsIsExact(shape: ConvolutionCase) throws {
    for (index, ending) in ByteProblem.endings.enumerated() {
      let problem = try ByteProblem(
        shape, input: ByteScale(scale: 0.02, zero: index == 0 ? 0 : 117), ending: ending)
      let want = problem.answer()
      for table in ByteKernelTable.available {
        #expect(problem.output(table) == want, "\(table.name), ending \(index)")
      }
    }
  }
}

extension ConvolutionCase {
  /// At most so many products of all outputs.
  fileprivate var products: Int {
    height * width / (stride * stride) * outputs * kernel * kernel * inputs / groups
  }
}

/// A convolution on bytes with numbers in it, and the answer of plain loops.
struct ByteProblem {
  static let endings: [ByteConvolution.Ending] = [
    ending(.none, relu: true, output: ByteScale(scale: 0.03, zero: 0)),
    ending(.none, relu: false, output: nil),
    ending(.bytes(ByteScale(scale: 0.01, zero: 9)), relu: true, output: ByteScale(scale: 0.05, zero: 0)),
    ending(.bytes(ByteScale(scale: 0.04, zero: 0)), relu: false, output: ByteScale(scale: 0.06, zero: 120)),
    ending(.floats, relu: true, output: ByteScale(scale: 0.05, zero: 3)),
    ending(.floats, relu: false, output: nil),
  ]

  private static func ending(
    _ residual: ByteConvolution.Residual, relu: Bool, output: ByteScale?
  ) -> ByteConvolution.Ending {
    ByteConvolution.Ending(factor: [], bias: [], residual: residual, relu: relu, output: output)
  }

  private let geometry: ConvolutionGeometry
  private let shape: ConvolutionCase
  private let scale: ByteScale
  private var ending: ByteConvolution.Ending
  private let weights: Tensor
  private let input: [UInt8]
  private let residual: [Float]

  init(_ shape: ConvolutionCase, input scale: ByteScale, ending: ByteConvolution.Ending) throws {
    self.shape = shape
    self.scale = scale
    let reach = shape.dilation * (shape.kernel - 1) + 1
    func side(_ length: Int) -> Int { (length + 2 * shape.padding - reach) / shape.stride + 1 }
    geometry = ConvolutionGeometry(
      window: Window(
        inputHeight: shape.height, inputWidth: shape.width, channels: shape.inputs,
        outputHeight: side(shape.height), outputWidth: side(shape.width), kernel: shape.kernel,
        stride: shape.stride, padding: shape.padding, dilation: shape.dilation),
      outputChannels: shape.outputs, groups: shape.groups)
    var noise = Noise(7)
    let dimensions = Shape([shape.outputs, shape.inputs / shape.groups, shape.kernel, shape.kernel])
    let floats = Tensor(shape: dimensions, floats: noise.floats(dimensions.elementCount))
    weights = try ChannelQuantization.quantize(floats)
    input = noise.floats(shape.height * shape.width * shape.inputs).map { UInt8(min(255, abs($0) * 150)) }
    self.ending = ending
    self.ending.factor = noise.floats(shape.outputs).map { Double($0) * 0.3 }
    self.ending.bias = noise.floats(shape.outputs).map(Double.init)
    residual = noise.floats(geometry.window.outputPixels * shape.outputs)
  }

  /// The residual as the ending says: floats, or bytes in the memory of floats.
  private var storedResidual: [Float]? {
    switch ending.residual {
    case .none: nil
    case .floats: residual
    case .bytes: floats(holding: residualBytes)
    }
  }

  private var residualBytes: [UInt8] { residual.map { UInt8(min(255, abs($0) * 200)) } }

  func output(_ table: ByteKernelTable) -> [Float] {
    let kernel = ByteConvolution(
      geometry, weights: weights, input: scale, ending: ending, pool: WorkerPool(threads: 1), kernels: table)
    let count = geometry.window.outputPixels * shape.outputs
    let output = kernel.output(
      input: floats(holding: input), residual: storedResidual,
      count: ending.output == nil ? count : (count + 3) / 4)
    return ending.output == nil ? output : bytes(in: output, count: count).map(Float.init)
  }

  /// The same by plain loops, with the steps in floats that NETWORK.md gives.
  func answer() -> [Float] {
    let window = geometry.window
    let groupInputs = shape.inputs / shape.groups
    let groupOutputs = shape.outputs / shape.groups
    let scales = weights.channelScales
    let unit = Double(ending.output?.scale ?? 1)
    let zero = Double(ending.output?.zero ?? 0)
    var result: [Float] = []
    for pixel in 0..<window.outputPixels {
      for channel in 0..<shape.outputs {
        var sum = 0
        for input in 0..<groupInputs {
          for row in 0..<shape.kernel {
            for column in 0..<shape.kernel {
              let y = pixel / window.outputWidth * shape.stride + row * shape.dilation - shape.padding
              let x = pixel % window.outputWidth * shape.stride + column * shape.dilation - shape.padding
              guard (0..<shape.height).contains(y), (0..<shape.width).contains(x) else { continue }
              let place = (y * shape.width + x) * shape.inputs + channel / groupOutputs * groupInputs + input
              let weight = ((channel * groupInputs + input) * shape.kernel + row) * shape.kernel + column
              sum += (Int(self.input[place]) - Int(scale.zero)) * integer(weight)
            }
          }
        }
        let index = pixel * shape.outputs + channel
        let factor = Float(Double(scale.scale) * Double(scales[channel]) * ending.factor[channel] / unit)
        var bias = ending.bias[channel] / unit + zero
        if case .bytes(let scale) = ending.residual {
          bias -= Double(scale.scale) / unit * Double(scale.zero)
        }
        var value = Float(sum) * factor
        value += Float(bias)
        switch ending.residual {
        case .none: break
        case .floats:
          let added = residual[index] * Float(1 / unit)
          value += added
        case .bytes(let scale):
          let added = Float(residualBytes[index]) * Float(Double(scale.scale) / unit)
          value += added
        }
        if ending.relu { value = max(value, Float(zero)) }
        if ending.output != nil { value = min(max(value, 0), 255).rounded(.toNearestOrEven) }
        result.append(value)
      }
    }
    return result
  }

  private func integer(_ index: Int) -> Int {
    // Bounds are checked; every bit pattern is an integer.
    Int(unsafe weights.bytes.unsafeLoad(fromByteOffset: 4 * shape.outputs + index, as: Int8.self))
  }
}

/// Floats whose memory holds the bytes.
func floats(holding bytes: [UInt8]) -> [Float] {
  stride(from: 0, to: bytes.count, by: 4).map { start in
    var bits: UInt32 = 0
    for index in start..<min(start + 4, bytes.count) {
      bits |= UInt32(bytes[index]) << (8 * UInt32(index - start))
    }
    return Float(bitPattern: bits)
  }
}

/// The bytes in the memory of floats.
func bytes(in floats: [Float], count: Int) -> [UInt8] {
  (0..<count).map { UInt8(truncatingIfNeeded: floats[$0 / 4].bitPattern >> (8 * UInt32($0 % 4))) }
}
