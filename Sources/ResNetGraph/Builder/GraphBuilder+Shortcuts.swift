import ModelDescriptor

extension GraphBuilder {
  /// Appends the nodes of a block's shortcut.
  ///
  /// - Parameters:
  ///   - input: the node before the block.
  ///   - activated: the activated input in a pre-activation block; shortcuts that change the shape start there, unless the
  ///     architecture says otherwise.
  ///   - inputChannels: the channels of `input`.
  /// - Returns: the node that is added to the residual branch; nil in a plain network.
  mutating func buildShortcut(
    _ plan: BlockPlan, from input: Int, activated: Int?, channels inputChannels: Int
  ) throws(DescriptorError) -> Int? {
    let changes = plan.stride != 1 || inputChannels != plan.outputChannels
    let source = architecture.shortcutInput == .raw ? input : activated ?? input
    switch architecture.shortcut {
    case .none:
      return nil
    case .projection, .averagePoolProjection, .zeroPad:
      if !changes { return input }
      if architecture.stridePosition == .last, inputChannels == plan.outputChannels {
        subsample(plan, from: input, padding: 0)
      } else if architecture.shortcut == .zeroPad {
        try padChannels(plan, from: source, channels: inputChannels)
      } else {
        channels = inputChannels
        try project(plan, from: source)
      }
    case .projectionAlways:
      channels = inputChannels
      try project(plan, from: source)
    }
    return last
  }

  private mutating func subsample(_ plan: BlockPlan, from source: Int, padding: Int) {
    append(
      "\(plan.path).shortcut",
      .zeroPadShortcut(ZeroPadShortcut(stride: plan.stride, padding: padding)), [source])
  }

  private mutating func padChannels(
    _ plan: BlockPlan, from source: Int, channels inputChannels: Int
  ) throws(DescriptorError) {
    let difference = plan.outputChannels - inputChannels
    guard difference >= 0, difference % 2 == 0 else {
      throw DescriptorError(
        .contradiction, field: "stages[\(plan.stageIndex)].width",
        "a zero-padded shortcut cannot lead from \(inputChannels) to \(plan.outputChannels) channels: the "
          + "difference must be even and not negative")
    }
    subsample(plan, from: source, padding: difference / 2)
  }

  /// A convolution to the block's shape and, but in a pre-activation block, its norm.
  private mutating func project(_ plan: BlockPlan, from source: Int) throws(DescriptorError) {
    let path = "\(plan.path).downsample"
    let normalized = !plan.kind.isPreactivation
    if architecture.shortcut == .averagePoolProjection {
      var from = source
      if plan.stride > 1 || plan.stage.dilation > 1 {
        let edge: AveragePool.Edge = plan.stride > 1 ? .partial : .zeros
        append(
          "\(path).0", .averagePool(AveragePool(kernel: 2, stride: plan.stride, edge: edge)), [source])
        from = last
      }
      try convolve("\(path).1", to: plan.outputChannels, kernel: 1, normalized: normalized, from: from)
      if normalized { try normalize("\(path).2") }
    } else {
      let isWindow = plan.stride > 1 || plan.stage.dilation > 1
      try convolve(
        "\(path).0", to: plan.outputChannels, kernel: isWindow ? architecture.shortcutKernel : 1,
        stride: plan.stride, dilation: plan.dilation, normalized: normalized, from: source)
      if normalized { try normalize("\(path).1") }
    }
  }
}
