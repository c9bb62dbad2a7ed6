import ModelDescriptor

/// Expands an architecture to nodes, stem first. Names are torchvision's and timm's; pre-activation blocks count their
/// norms as the others do (`bn1` stands before `conv1`), and the norm after the last of them is `norm`.
struct GraphBuilder {
  let architecture: Architecture
  private(set) var nodes: [Node] = []
  /// The first node after the global pooling.
  var headStart = 0
  /// Channels of the last node.
  var channels: Int

  init(_ architecture: Architecture) {
    self.architecture = architecture
    channels = architecture.input.channels
  }

  mutating func build() throws(DescriptorError) {
    append("input", .input(channels: channels), [])
    try buildStem()
    var dilation = 1
    for (index, stage) in architecture.stages.enumerated() {
      let striding = architecture.stridePosition == .first ? 0 : stage.blocks - 1
      for block in 0..<stage.blocks {
        try buildBlock(
          BlockPlan(
            path: "layer\(index + 1).\(block)", stageIndex: index, stage: stage,
            kind: architecture.kind(of: stage),
            channels: architecture.convolutionChannels(of: stage, block: block),
            stride: block == striding ? stage.stride : 1, dilation: block == 0 ? dilation : stage.dilation))
      }
      dilation = stage.dilation
    }
    if isPreactivated(architecture.stages.last) {
      try normalize("norm")
      append("norm.relu", .relu)
    }
    buildHead()
  }

  /// True if a stage consists of pre-activation blocks.
  func isPreactivated(_ stage: Architecture.Stage?) -> Bool {
    stage.map { architecture.kind(of: $0).isPreactivation } ?? false
  }

  /// The last node.
  var last: Int { nodes.count - 1 }

  /// Appends a convolution whose padding keeps the size at stride 1.
  ///
  /// - Parameter normalized: true if a normalisation follows.
  mutating func convolve(
    _ name: String, to outputChannels: Int, kernel: Int, stride: Int = 1, dilation: Int = 1, groups: Int = 1,
    normalized: Bool = true, from input: Int? = nil
  ) throws(DescriptorError) {
    guard channels % groups == 0, outputChannels % groups == 0 else {
      throw DescriptorError(
        .contradiction, field: "groups",
        "\(groups) groups do not divide the \(channels) input and \(outputChannels) output channels of \(name)"
      )
    }
    let hasBias: Bool
    switch architecture.convolutionBias {
    case .none: hasBias = false
    case .all: hasBias = true
    case .unnormalized: hasBias = !normalized
    }
    let convolution = Convolution(
      inputChannels: channels, outputChannels: outputChannels, kernel: kernel, stride: stride,
      padding: kernel == 1 ? 0 : dilation * (kernel - 1) / 2, dilation: kernel == 1 ? 1 : dilation,
      groups: groups, hasBias: hasBias, standardization: architecture.weightStandardization)
    append(name, .convolution(convolution), [input ?? last])
    channels = outputChannels
  }

  mutating func normalize(_ name: String) throws(DescriptorError) {
    let norm = architecture.normalization
    switch norm.kind {
    case .batch:
      append(name, .batchNormalization(BatchNormalization(channels: channels, epsilon: norm.epsilon)))
    case .group(let groups):
      guard channels % groups == 0 else {
        throw DescriptorError(
          .contradiction, field: "normalization.groups",
          "\(groups) groups do not divide the \(channels) channels of \(name)")
      }
      append(
        name,
        .groupNormalization(GroupNormalization(channels: channels, groups: groups, epsilon: norm.epsilon)))
    case .instance(let affine):
      append(
        name,
        .groupNormalization(
          GroupNormalization(
            channels: channels, groups: channels, epsilon: norm.epsilon, isAffine: affine)))
    }
  }

  /// Appends a node that reads the given ones, else the last one.
  mutating func append(_ name: String, _ operation: Operation, _ inputs: [Int]? = nil) {
    nodes.append(Node(name: name, operation: operation, inputs: inputs ?? [last]))
  }

  /// Appends the filter that subsamples in place of a convolution or pool, if the architecture has one.
  mutating func antialias(_ name: String, stride: Int) {
    switch architecture.antialias {
    case .none: break
    case .blur: append(name, .blur(Blur(stride: stride)))
    case .averagePool where stride > 1:
      append(name, .averagePool(AveragePool(kernel: stride, stride: stride, edge: .dropped)))
    case .averagePool: break
    }
  }
}

/// The plan of one block.
struct BlockPlan {
  /// For example `layer1.0`.
  var path: String
  var stageIndex: Int
  var stage: Architecture.Stage
  var kind: Architecture.Block
  /// Output channels of each convolution.
  var channels: [Int]
  var stride: Int
  /// The dilation of the block's first 3×3 convolution.
  var dilation: Int

  /// Channels that the block puts out.
  var outputChannels: Int { channels[channels.count - 1] }
}
