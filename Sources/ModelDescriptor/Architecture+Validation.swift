extension Architecture {
  /// Largest values of a descriptor's fields. They keep every product that a graph computes far from overflow.
  enum Limit {
    static let stages = 16
    static let blocks = 2048
    static let totalBlocks = 4096
    static let width = 16384
    static let channels = 65536
    static let side = 65536
    static let stride = 16
    static let dilation = 64
    static let kernel = 63
    static let classes = 1_000_000
  }

  /// Checks every field on its own and against the others.
  ///
  /// - Throws: ``DescriptorError`` that names the first offending field.
  public func validate() throws(DescriptorError) {
    try check(input.channels, in: 1...4096, "input.channels")
    try check(input.height, in: 1...Limit.side, "input.height")
    try check(input.width, in: 1...Limit.side, "input.width")
    try validateStem()
    try validateStages()
    try validateBlock()
    try validateAttention()
    try validateRates()
    try check(classes, in: 1...Limit.classes, "classes")
  }

  private func validateStem() throws(DescriptorError) {
    let expected = stem.kind == .deep ? 3 : 1
    guard stem.widths.count == expected else {
      throw DescriptorError(
        .contradiction, field: "stem.widths",
        "a \(stem.kind.rawValue) stem has \(expected) width\(expected == 1 ? "" : "s"), not \(stem.widths.count)"
      )
    }
    for (index, width) in stem.widths.enumerated() {
      try check(width, in: 1...Limit.width, "stem.widths[\(index)]")
    }
  }

  private func validateStages() throws(DescriptorError) {
    // Before any product with it is formed.
    try check(expansion, in: 1...64, "expansion")
    try check(stages.count, in: 1...Limit.stages, "stages", unit: "stages")
    for (index, stage) in stages.enumerated() {
      let field = "stages[\(index)]"
      try check(stage.blocks, in: 1...Limit.blocks, field + ".blocks")
      try check(stage.width, in: 1...Limit.width, field + ".width")
      try check(stage.stride, in: 1...Limit.stride, field + ".stride")
      try check(stage.dilation, in: 1...Limit.dilation, field + ".dilation")
      try check(stage.width * expansion, in: 1...Limit.channels, field + ".width", unit: "output channels")
    }
    try check(stages.reduce(0) { $0 + $1.blocks }, in: 1...Limit.totalBlocks, "stages", unit: "blocks in all")
  }

  private func validateBlock() throws(DescriptorError) {
    try check(groups, in: 1...Limit.width, "groups")
    try check(widthPerGroup, in: 1...Limit.width, "width_per_group")
    guard block.isBottleneck else {
      if groups != 1 {
        throw DescriptorError(
          .contradiction, field: "groups", "\(groups) groups: only bottleneck blocks are grouped")
      }
      if widthPerGroup != 64 {
        throw DescriptorError(
          .contradiction, field: "width_per_group",
          "\(widthPerGroup): only bottleneck blocks have another width than 64 per group")
      }
      return
    }
    for (index, stage) in stages.enumerated() {
      try check(
        bottleneckWidth(of: stage), in: 1...Limit.channels, "stages[\(index)].width",
        unit: "channels in the 3×3 convolution")
    }
  }

  private func validateAttention() throws(DescriptorError) {
    switch attention {
    case nil: return
    case .squeezeExcitation(let inner, _):
      try checkCount(inner.count, "attention.inner_channels")
      for (index, channels) in inner.enumerated() {
        try check(
          channels, in: 1...(stages[index].width * expansion), "attention.inner_channels[\(index)]")
      }
    case .efficient(let kernels):
      try checkCount(kernels.count, "attention.kernels")
      for (index, kernel) in kernels.enumerated() {
        try check(kernel, in: 1...Limit.kernel, "attention.kernels[\(index)]")
        guard kernel % 2 == 1 else {
          throw DescriptorError(.outOfRange, field: "attention.kernels[\(index)]", "\(kernel) is not odd")
        }
      }
    }
  }

  private func validateRates() throws(DescriptorError) {
    try check(normalization.epsilon, in: 0...1, "normalization.epsilon")
    guard normalization.epsilon > 0 else {
      throw DescriptorError(.outOfRange, field: "normalization.epsilon", "0; it must be above 0")
    }
    try check(normalization.momentum, in: 0...1, "normalization.momentum")
    try checkProbability(dropout, "dropout")
    try checkProbability(stochasticDepth, "stochastic_depth")
    guard case .multilayer(let widths, let dropout) = head else { return }
    try check(widths.count, in: 1...16, "head.widths", unit: "hidden layers")
    for (index, width) in widths.enumerated() {
      try check(width, in: 1...Limit.channels, "head.widths[\(index)]")
    }
    guard dropout.count == widths.count + 1 else {
      throw DescriptorError(
        .contradiction, field: "head.dropout",
        "\(dropout.count) values for \(widths.count + 1) linear layers")
    }
    for (index, rate) in dropout.enumerated() {
      try checkProbability(rate, "head.dropout[\(index)]")
    }
  }

  private func checkCount(_ count: Int, _ field: String) throws(DescriptorError) {
    guard count == stages.count else {
      throw DescriptorError(.contradiction, field: field, "\(count) values for \(stages.count) stages")
    }
  }

  private func check<Value: Comparable>(
    _ value: Value, in range: ClosedRange<Value>, _ field: String, unit: String = ""
  ) throws(DescriptorError) {
    guard range.contains(value) else {
      let unit = unit.isEmpty ? "" : " " + unit
      throw DescriptorError(
        .outOfRange, field: field,
        "\(value)\(unit); it must be from \(range.lowerBound) to \(range.upperBound)")
    }
  }

  private func checkProbability(_ value: Double, _ field: String) throws(DescriptorError) {
    guard value >= 0, value < 1 else {
      throw DescriptorError(.outOfRange, field: field, "\(value); it must be at least 0 and below 1")
    }
  }
}

extension Architecture {
  /// Channels inside a bottleneck of the stage: torchvision's `int(planes * width_per_group / 64) * groups`.
  public func bottleneckWidth(of stage: Stage) -> Int {
    stage.width * widthPerGroup / 64 * groups
  }

  /// Channels that a block of the stage puts out.
  public func outputChannels(of stage: Stage) -> Int {
    stage.width * expansion
  }
}
