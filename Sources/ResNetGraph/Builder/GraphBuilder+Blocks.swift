import ModelDescriptor

extension GraphBuilder {
  mutating func buildBlock(_ plan: BlockPlan) throws(DescriptorError) {
    let input = last
    let inputChannels = channels
    var activated: Int?
    if plan.kind.isPreactivation {
      try normalize("\(plan.path).bn1")
      append("\(plan.path).relu1", .relu)
      activated = last
    }
    try buildConvolutions(plan)
    buildAttention(plan)
    let residual = last
    let shortcut = try buildShortcut(
      plan, from: input, activated: activated, channels: inputChannels)
    channels = plan.outputChannels
    if let shortcut {
      append("\(plan.path).add", .add, [residual, shortcut])
    }
    if activated == nil {
      append("\(plan.path).relu", .relu)
    }
  }

  /// The convolutions of a block, with the norms and activations between them, and in a block that is not pre-activated
  /// the norm after them.
  private mutating func buildConvolutions(_ plan: BlockPlan) throws(DescriptorError) {
    let path = plan.path
    let preactivated = plan.kind.isPreactivation
    let isBottleneck = plan.kind.isBottleneck
    let stridesLate =
      isBottleneck ? architecture.bottleneckStride == .conv2 : architecture.basicStride == .conv2
    let striding = stridesLate ? 1 : 0
    let filters =
      switch architecture.antialias {
      case .none: false
      case .blur: plan.stride > 1 || plan.dilation != plan.stage.dilation
      case .averagePool: plan.stride > 1
      }
    let count = plan.channels.count
    for (index, outputs) in plan.channels.enumerated() {
      let isLast = index == count - 1
      let isWindow = !isBottleneck || index == 1
      try convolve(
        "\(path).conv\(index + 1)", to: outputs, kernel: isWindow ? 3 : 1,
        stride: index == striding && !filters ? plan.stride : 1,
        dilation: isWindow && index == (isBottleneck ? 1 : 0) ? plan.dilation : plan.stage.dilation,
        groups: isBottleneck && index == 1 ? architecture.groups : 1, normalized: !preactivated || !isLast)
      guard !isLast else { break }
      try normalize("\(path).bn\(preactivated ? index + 2 : index + 1)")
      append("\(path).relu\(preactivated ? index + 2 : index + 1)", .relu)
      if filters, index == striding { antialias("\(path).aa", stride: plan.stride) }
    }
    if !preactivated { try normalize("\(path).bn\(count)") }
  }

  /// Multiplies the channels of the last node, [C, H, W], by the numbers that attention makes of their means.
  private mutating func buildAttention(_ plan: BlockPlan) {
    guard let attention = architecture.attention else { return }
    let map = last
    let path = "\(plan.path).se"
    append("\(path).squeeze", .globalAveragePool)
    switch attention {
    case .squeezeExcitation(let innerChannels, let bias, let layers):
      let inner = innerChannels[plan.stageIndex]
      let isConvolution = layers == .convolution
      append(
        "\(path).fc1",
        .linear(Linear(inputs: channels, outputs: inner, hasBias: bias, isConvolution: isConvolution)))
      append("\(path).relu", .relu)
      append(
        "\(path).fc2",
        .linear(Linear(inputs: inner, outputs: channels, hasBias: bias, isConvolution: isConvolution)))
    case .efficient(let kernels):
      append(
        "\(path).conv", .channelConvolution(ChannelConvolution(kernel: kernels[plan.stageIndex])))
    }
    append("\(path).sigmoid", .sigmoid)
    append("\(path).scale", .scale, [map, last])
  }
}
