import ModelDescriptor

/// Expands an architecture to nodes, stem first. Names are torchvision's and timm's.
struct GraphBuilder {
  private let architecture: Architecture
  private(set) var nodes: [Node] = []
  /// Channels of the last node.
  private var channels: Int

  init(_ architecture: Architecture) {
    self.architecture = architecture
    channels = architecture.input.channels
  }

  mutating func build() throws(DescriptorError) {
    append("input", .input(channels: channels), [])
    buildStem()
    var dilation = 1
    for (index, stage) in architecture.stages.enumerated() {
      for block in 0..<stage.blocks {
        try buildBlock(
          "layer\(index + 1).\(block)", stage: index,
          stride: block == 0 ? stage.stride : 1,
          dilation: block == 0 ? dilation : stage.dilation)
      }
      dilation = stage.dilation
    }
    buildHead()
  }

  private mutating func buildStem() {
    let stem = architecture.stem
    switch stem.kind {
    case .conv7x7:
      convolve("conv1", to: stem.widths[0], kernel: 7, stride: 2)
    case .conv3x3:
      convolve("conv1", to: stem.widths[0], kernel: 3)
    case .deep:
      for index in 0..<2 {
        convolve("conv1.\(3 * index)", to: stem.widths[index], kernel: 3, stride: index == 0 ? 2 : 1)
        normalize("conv1.\(3 * index + 1)")
        append("conv1.\(3 * index + 2)", .relu)
      }
      convolve("conv1.6", to: stem.widths[2], kernel: 3)
    }
    normalize("bn1")
    append("relu", .relu)
    if stem.pool {
      append("maxpool", .maxPool(Pool(kernel: 3, stride: 2, padding: 1)))
    }
  }

  private mutating func buildBlock(
    _ path: String, stage index: Int, stride: Int, dilation: Int
  ) throws(DescriptorError) {
    let stage = architecture.stages[index]
    let input = nodes.count - 1
    let inputChannels = channels
    let outputChannels = architecture.outputChannels(of: stage)
    if architecture.block.isBottleneck {
      try buildBottleneck(path, stage: index, stride: stride, dilation: dilation)
    } else {
      convolve("\(path).conv1", to: stage.width, kernel: 3, stride: stride, dilation: dilation)
      normalize("\(path).bn1")
      append("\(path).relu1", .relu)
      convolve("\(path).conv2", to: outputChannels, kernel: 3, dilation: stage.dilation)
      normalize("\(path).bn2")
    }
    let residual = nodes.count - 1
    let shortcut = try buildShortcut(
      path, stage: index, from: input, channels: inputChannels, to: outputChannels, stride: stride)
    channels = outputChannels
    if let shortcut {
      append("\(path).add", .add, [residual, shortcut])
    }
    append("\(path).relu", .relu)
  }

  private mutating func buildBottleneck(
    _ path: String, stage index: Int, stride: Int, dilation: Int
  ) throws(DescriptorError) {
    let stage = architecture.stages[index]
    let width = architecture.bottleneckWidth(of: stage)
    guard width % architecture.groups == 0 else {
      throw DescriptorError(
        .contradiction, field: "groups",
        "\(architecture.groups) groups do not divide the \(width) channels of stages[\(index)]")
    }
    let strideFirst = architecture.bottleneckStride == .conv1
    convolve("\(path).conv1", to: width, kernel: 1, stride: strideFirst ? stride : 1)
    normalize("\(path).bn1")
    append("\(path).relu1", .relu)
    convolve(
      "\(path).conv2", to: width, kernel: 3, stride: strideFirst ? 1 : stride, dilation: dilation,
      groups: architecture.groups)
    normalize("\(path).bn2")
    append("\(path).relu2", .relu)
    convolve("\(path).conv3", to: architecture.outputChannels(of: stage), kernel: 1)
    normalize("\(path).bn3")
  }

  /// The node that is added to the residual branch; nil in a plain network.
  private mutating func buildShortcut(
    _ path: String, stage index: Int, from input: Int, channels inputChannels: Int, to outputChannels: Int,
    stride: Int
  ) throws(DescriptorError) -> Int? {
    let changes = stride != 1 || inputChannels != outputChannels
    switch architecture.shortcut {
    case .none:
      return nil
    case .zeroPad where changes:
      guard outputChannels >= inputChannels, (outputChannels - inputChannels) % 2 == 0 else {
        throw DescriptorError(
          .contradiction, field: "stages[\(index)].width",
          "a zero-padded shortcut cannot lead from \(inputChannels) to \(outputChannels) channels: the "
            + "difference must be even and not negative")
      }
      append(
        "\(path).shortcut",
        .zeroPadShortcut(
          ZeroPadShortcut(stride: stride, padding: (outputChannels - inputChannels) / 2)), [input])
    case .projectionAlways,
      .projection where changes:
      channels = inputChannels
      convolve("\(path).downsample.0", to: outputChannels, kernel: 1, stride: stride, from: input)
      normalize("\(path).downsample.1")
    case .zeroPad, .projection, .averagePoolProjection:
      return input
    }
    return nodes.count - 1
  }

  private mutating func buildHead() {
    append("avgpool", .globalAveragePool)
    switch architecture.head {
    case .linear:
      append("fc", .linear(Linear(inputs: channels, outputs: architecture.classes)))
    case .multilayer(let widths, _):
      // Positions in PyTorch's Sequential(Dropout, Linear, ReLU, Dropout, Linear, …).
      for (index, width) in widths.enumerated() {
        append("fc.\(3 * index + 1)", .linear(Linear(inputs: channels, outputs: width)))
        append("fc.\(3 * index + 2)", .relu)
        channels = width
      }
      append("fc.\(3 * widths.count + 1)", .linear(Linear(inputs: channels, outputs: architecture.classes)))
    }
  }

  /// Appends a convolution whose padding keeps the size at stride 1.
  private mutating func convolve(
    _ name: String, to outputChannels: Int, kernel: Int, stride: Int = 1, dilation: Int = 1, groups: Int = 1,
    from input: Int? = nil
  ) {
    let convolution = Convolution(
      inputChannels: channels, outputChannels: outputChannels, kernel: kernel, stride: stride,
      padding: kernel == 1 ? 0 : dilation * (kernel - 1) / 2, dilation: kernel == 1 ? 1 : dilation,
      groups: groups)
    append(name, .convolution(convolution), [input ?? nodes.count - 1])
    channels = outputChannels
  }

  private mutating func normalize(_ name: String) {
    append(
      name,
      .batchNormalization(
        BatchNormalization(channels: channels, epsilon: architecture.normalization.epsilon)))
  }

  /// Appends a node that reads the given ones, else the last one.
  private mutating func append(_ name: String, _ operation: Operation, _ inputs: [Int]? = nil) {
    nodes.append(Node(name: name, operation: operation, inputs: inputs ?? [nodes.count - 1]))
  }
}
