extension Architecture {
  /// The kind of the stage's blocks.
  public func kind(of stage: Stage) -> Block { stage.block ?? block }

  /// Output channels over the width in the stage.
  public func expansion(of stage: Stage) -> Int {
    stage.expansion ?? stage.block?.defaultExpansion ?? expansion
  }

  /// Channels inside a bottleneck of the stage: torchvision's `int(planes * width_per_group / 64) * groups`.
  public func bottleneckWidth(of stage: Stage) -> Int {
    stage.width * widthPerGroup / 64 * groups
  }

  /// Channels that the stage puts out.
  public func outputChannels(of stage: Stage) -> Int {
    stage.channels?.last?.last ?? stage.width * expansion(of: stage)
  }

  /// The length of the vector that the global pooling makes.
  public var featureCount: Int {
    (stages.last.map { outputChannels(of: $0) } ?? 0) * (globalPool == .concatenated ? 2 : 1)
  }

  /// The output channels of each convolution of a block: two or three numbers.
  public func convolutionChannels(of stage: Stage, block index: Int) -> [Int] {
    if let channels = stage.channels, channels.indices.contains(index) { return channels[index] }
    let output = stage.width * expansion(of: stage)
    guard kind(of: stage).isBottleneck else { return [stage.width / firstReduction, output] }
    let width = bottleneckWidth(of: stage)
    return [width / firstReduction, width, output]
  }
}
