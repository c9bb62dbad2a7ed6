import Messages
import ModelDescriptor
import ResNetGraph

/// The form of a block, as its steps show it.
struct BlockForm {
  var convolutions: [Convolution]
  var stride: Int
  var shortcut: Shortcut
  var antialias: Architecture.Antialias?
  /// The numbers of channel attention; nil for none.
  var attention: Attention?
  /// Height and width of a projection's kernel; nil for none.
  var shortcutKernel: Int?

  /// Most pixels from one output of a block to the next.
  static let strideLimit = 64

  enum Shortcut: Hashable {
    case identity
    case projected
    case averaged
    /// By fewer pixels, with the same channels.
    case subsampled
    case zeroPadded
  }

  enum Attention: Hashable {
    case squeeze(inner: Int, bias: Bool, layers: Architecture.SqueezeLayers)
    case efficient(kernel: Int)
  }

  var outputChannels: Int { convolutions[convolutions.count - 1].outputChannels }

  /// True if a bottleneck strides in its first convolution.
  var stridesFirst: Bool { convolutions.count == 3 && convolutions[0].stride > 1 }

  /// The dilation of the first 3×3 convolution, and of the last.
  var dilation: Int { convolutions.first { $0.kernel > 1 }?.dilation ?? 1 }
  var lastDilation: Int { convolutions.last { $0.kernel > 1 }?.dilation ?? 1 }

  func block(isPreactivated: Bool) -> Architecture.Block {
    if convolutions.count == 3 { return isPreactivated ? .preactivationBottleneck : .bottleneck }
    return isPreactivated ? .preactivationBasic : .basic
  }
}

extension NetworkReading {
  /// - Throws: ``ImportError`` with `graph`.
  func form(of block: BlockReading) throws(ImportError) -> BlockForm {
    let convolutions = block.residual.compactMap { steps[$0].convolution }
    guard convolutions.count == 2 || convolutions.count == 3 else {
      throw refusal(
        block.sum, "ends a block of \(convolutions.count) convolutions; blocks of two or three are known")
    }
    var form = BlockForm(convolutions: convolutions, stride: 1, shortcut: .identity)
    for index in block.residual {
      var stride = 1
      switch steps[index].operation {
      case .convolution(let convolution): stride = convolution.stride
      case .blur(let blur):
        form.antialias = .blur
        stride = blur.stride
      case .averagePool(let pool):
        form.antialias = .averagePool
        stride = pool.stride
      case .scale: form.attention = try attention(steps[index].inputs[1])
      default: break
      }
      let (product, overflow) = form.stride.multipliedReportingOverflow(by: stride)
      guard !overflow, product <= BlockForm.strideLimit else {
        throw refusal(
          index,
          "makes its block stride by more than \(BlockForm.strideLimit) pixels, as no network here does")
      }
      form.stride = product
    }
    try readShortcut(of: block, into: &form)
    return form
  }

  private func readShortcut(of block: BlockReading, into form: inout BlockForm) throws(ImportError) {
    for index in block.shortcut {
      switch steps[index].operation {
      case .convolution(let convolution):
        if form.shortcut != .averaged { form.shortcut = .projected }
        form.shortcutKernel = convolution.kernel
      case .averagePool: form.shortcut = .averaged
      case .zeroPadShortcut(let shortcut): form.shortcut = shortcut.padding == 0 ? .subsampled : .zeroPadded
      default: break
      }
    }
  }

  /// The attention whose gate is a step.
  private func attention(_ gate: Int) throws(ImportError) -> BlockForm.Attention {
    var layers: [Linear] = []
    var kernel: Int?
    var index = gate
    while !steps[index].isGlobalPool, steps[index].isPooled {
      switch steps[index].operation {
      case .linear(let linear): layers.insert(linear, at: 0)
      case .channelConvolution(let convolution): kernel = convolution.kernel
      case .relu, .sigmoid: break
      default: throw refusal(index, "is no part of channel attention")
      }
      index = steps[index].inputs[0]
    }
    if let kernel, layers.isEmpty { return .efficient(kernel: kernel) }
    guard layers.count == 2, kernel == nil, layers[0].hasBias == layers[1].hasBias,
      layers[0].isConvolution == layers[1].isConvolution
    else {
      throw refusal(
        gate, "ends a gate of \(layers.count) layers, which is no channel attention that is known")
    }
    return .squeeze(
      inner: layers[0].outputs, bias: layers[0].hasBias,
      layers: layers[0].isConvolution ? .convolution : .linear)
  }

  func setAttention(
    _ net: inout Architecture, _ forms: [BlockForm], _ stages: [Range<Int>]
  ) throws(ImportError) {
    let first = stages.map { forms[$0.lowerBound].attention }
    var inner: [Int] = []
    var kernels: [Int] = []
    for attention in first {
      switch attention {
      case .squeeze(let count, let bias, let layers):
        inner.append(count)
        net.attention = .squeezeExcitation(innerChannels: inner, bias: bias, layers: layers)
      case .efficient(let kernel):
        kernels.append(kernel)
        net.attention = .efficient(kernels: kernels)
      case nil: break
      }
    }
    guard inner.count + kernels.count == 0 || inner.count == first.count || kernels.count == first.count
    else {
      throw refusal(blocks[0].sum, "ends a block with another channel attention than others have")
    }
  }

  /// The shortcut of all blocks, and the kernel of projections that stride.
  func shortcutForm(_ forms: [BlockForm]) throws(ImportError) -> (Architecture.Shortcut, kernel: Int) {
    let kinds = Set(forms.map(\.shortcut))
    let kernel = forms.lazy.compactMap(\.shortcutKernel).max() ?? 1
    if kinds.contains(.averaged) { return (.averagePoolProjection, 1) }
    if kinds.contains(.projected) {
      let isNeedless = forms.contains { form in
        form.shortcut == .projected && form.stride == 1
          && form.convolutions[0].inputChannels == form.outputChannels
      }
      return (isNeedless ? .projectionAlways : .projection, kernel)
    }
    return (kinds.contains(.zeroPadded) ? .zeroPad : .projection, 1)
  }
}
