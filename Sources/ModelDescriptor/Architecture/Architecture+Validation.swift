import Messages

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
    if let fault = name?.nameFault { throw DescriptorError(.outOfRange, field: "name", fault) }
    try check(input.channels, in: 1...4096, "input.channels")
    try check(input.height, in: 1...Limit.side, "input.height")
    try check(input.width, in: 1...Limit.side, "input.width")
    try validateStem()
    try validatePartialPool()
    try validateStemNorm()
    try validateStages()
    try validateBlock()
    try validateReduction()
    try validateSubsampling()
    try validateAttention()
    try validateNormalization()
    try validateRates()
    try check(classes, in: 1...Limit.classes, "classes")
    try validateHead()
    try validateAnswer()
    do { try quantization?.validate() } catch { throw error.within("quantization") }
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
    guard stem.pool || stem.poolKind == .max else {
      throw DescriptorError(
        .contradiction, field: "stem.pool_kind", "'\(stem.poolKind.rawValue)' for a stem without a pool")
    }
    guard stem.poolKind != .maxZeroPadded || antialias != .averagePool else {
      throw DescriptorError(
        .contradiction, field: "stem.pool_kind",
        "'\(stem.poolKind.rawValue)', but antialias 'average_pool' takes the place of the stem's maximum")
    }
  }

  private func validateStemNorm() throws(DescriptorError) {
    guard !stem.isNormalized || stages.first.map({ kind(of: $0).isPreactivation }) ?? false else {
      throw DescriptorError(
        .contradiction, field: "stem.norm",
        "true: before blocks that are not pre-activated there always is one")
    }
  }

  /// A partial window stands for a stride of 2, which an anti-aliased pool does not have.
  private func validatePartialPool() throws(DescriptorError) {
    guard stem.poolKind != .maxPartial || antialias == .none else {
      throw DescriptorError(
        .contradiction, field: "stem.pool_kind",
        "'\(stem.poolKind.rawValue)', but antialias '\(antialias.rawValue)' filters after the stem's maximum")
    }
  }

  private func validateStages() throws(DescriptorError) {
    // Before any product with it is formed.
    try check(expansion, in: 1...64, "expansion")
    try check(firstReduction, in: 1...64, "first_reduction")
    try check(stages.count, in: 1...Limit.stages, "stages", unit: "stages")
    for (index, stage) in stages.enumerated() {
      let field = "stages[\(index)]"
      try check(stage.blocks, in: 1...Limit.blocks, field + ".blocks")
      try check(stage.width, in: 1...Limit.width, field + ".width")
      try check(stage.stride, in: 1...Limit.stride, field + ".stride")
      try check(stage.dilation, in: 1...Limit.dilation, field + ".dilation")
      try check(stage.expansion ?? 1, in: 1...64, field + ".expansion")
      try check(
        stage.width * expansion(of: stage), in: 1...Limit.channels, field + ".width", unit: "output channels")
      try validateChannels(of: stage, field: field)
    }
    try check(stages.reduce(0) { $0 + $1.blocks }, in: 1...Limit.totalBlocks, "stages", unit: "blocks in all")
  }

  private func validateChannels(of stage: Stage, field: String) throws(DescriptorError) {
    guard let channels = stage.channels else { return }
    let field = field + ".channels"
    guard channels.count == stage.blocks else {
      throw DescriptorError(
        .contradiction, field: field, "the channels of \(channels.count) blocks for \(stage.blocks) blocks")
    }
    let convolutions = kind(of: stage).isBottleneck ? 3 : 2
    for (block, counts) in channels.enumerated() {
      guard counts.count == convolutions else {
        throw DescriptorError(
          .contradiction, field: "\(field)[\(block)]",
          "\(counts.count) numbers for the \(convolutions) convolutions of a block")
      }
      for (position, count) in counts.enumerated() {
        try check(count, in: 1...Limit.channels, "\(field)[\(block)][\(position)]")
      }
    }
  }

  private func validateBlock() throws(DescriptorError) {
    try check(groups, in: 1...Limit.width, "groups")
    try check(widthPerGroup, in: 1...Limit.width, "width_per_group")
    guard stages.contains(where: { kind(of: $0).isBottleneck }) else {
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
    for (index, stage) in stages.enumerated()
    where kind(of: stage).isBottleneck && stage.channels == nil {
      try check(
        bottleneckWidth(of: stage), in: 1...Limit.channels, "stages[\(index)].width",
        unit: "channels in the 3×3 convolution")
    }
  }

  private func validateReduction() throws(DescriptorError) {
    for (index, stage) in stages.enumerated() where convolutionChannels(of: stage, block: 0)[0] < 1 {
      throw DescriptorError(
        .contradiction, field: "first_reduction",
        "\(firstReduction) leaves the first convolution of stages[\(index)] no channel")
    }
  }

  private func validateSubsampling() throws(DescriptorError) {
    try check(shortcutKernel, in: 1...Limit.kernel, "shortcut_kernel")
    guard shortcutKernel % 2 == 1 else {
      throw DescriptorError(.outOfRange, field: "shortcut_kernel", "\(shortcutKernel) is not odd")
    }
    guard shortcutKernel == 1 || shortcut == .projection || shortcut == .projectionAlways else {
      throw DescriptorError(
        .contradiction, field: "shortcut_kernel",
        "\(shortcutKernel): shortcuts of the form '\(shortcut.rawValue)' have no kernel of their own")
    }
    guard antialias == .none || bottleneckStride == .conv2 else {
      throw DescriptorError(
        .contradiction, field: "antialias",
        "'\(antialias.rawValue)' filters after the 3×3 convolution, but bottleneck_stride is 'conv1'")
    }
    try validateBasicStride()
    guard shortcutInput == .activated || stages.contains(where: { kind(of: $0).isPreactivation }) else {
      throw DescriptorError(
        .contradiction, field: "shortcut_input",
        "'raw': only pre-activation blocks have another input as well")
    }
  }

  private func validateBasicStride() throws(DescriptorError) {
    guard basicStride == .conv2 else { return }
    guard stages.contains(where: { !kind(of: $0).isBottleneck }) else {
      throw DescriptorError(.contradiction, field: "basic_stride", "'conv2': there are no basic blocks")
    }
    guard antialias == .none else {
      throw DescriptorError(
        .contradiction, field: "antialias",
        "'\(antialias.rawValue)' filters after the first 3×3 convolution, but basic_stride is 'conv2'")
    }
  }

  private func validateAttention() throws(DescriptorError) {
    switch attention {
    case nil: return
    case .squeezeExcitation(let inner, _, _):
      try checkCount(inner.count, "attention.inner_channels")
      for (index, channels) in inner.enumerated() {
        try check(
          channels, in: 1...outputChannels(of: stages[index]), "attention.inner_channels[\(index)]",
          unit: "inner channels")
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

  private func validateNormalization() throws(DescriptorError) {
    if case .group(let groups) = normalization.kind {
      try check(groups, in: 1...Limit.channels, "normalization.groups")
    }
    try check(normalization.epsilon, in: 0...1, "normalization.epsilon")
    guard normalization.epsilon > 0 else {
      throw DescriptorError(.outOfRange, field: "normalization.epsilon", "0; it must be above 0")
    }
    try check(normalization.momentum, in: 0...1, "normalization.momentum")
    if let weightStandardization {
      try check(weightStandardization, in: 0...1, "weight_standardization")
    }
  }

  private func validateRates() throws(DescriptorError) {
    try checkProbability(dropout, "dropout")
    try checkProbability(stochasticDepth, "stochastic_depth")
    try checkProbability(blockDropout, "block_dropout")
  }

  private func validateAnswer() throws(DescriptorError) {
    guard answer == .one || head != .none else {
      throw DescriptorError(
        .contradiction, field: "answer", "'\(answer.rawValue)': features without a head answer nothing")
    }
    guard answer != .binary || classes == 1 else {
      throw DescriptorError(
        .contradiction, field: "answer", "'binary' is an answer of one logit, and classes is \(classes)")
    }
  }

  private func validateHead() throws(DescriptorError) {
    guard head != .none || classes == featureCount else {
      throw DescriptorError(
        .contradiction, field: "classes",
        "\(classes); without a head it is the number of features, \(featureCount)")
    }
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
