import ModelDescriptor

/// The nodes before the first stage and after the last one.
extension GraphBuilder {
  mutating func buildStem() throws(DescriptorError) {
    let stem = architecture.stem
    // A pre-activation block brings the norm of its input along.
    let normalized = stem.isNormalized || !isPreactivated(architecture.stages.first)
    switch stem.kind {
    case .conv7x7:
      try convolve("conv1", to: stem.widths[0], kernel: 7, stride: 2, normalized: normalized)
    case .conv3x3:
      try convolve("conv1", to: stem.widths[0], kernel: 3, normalized: normalized)
    case .deep:
      for index in 0..<2 {
        try convolve("conv1.\(3 * index)", to: stem.widths[index], kernel: 3, stride: index == 0 ? 2 : 1)
        try normalize("conv1.\(3 * index + 1)")
        append("conv1.\(3 * index + 2)", .relu)
      }
      try convolve("conv1.6", to: stem.widths[2], kernel: 3, normalized: normalized)
    }
    if normalized {
      try normalize("bn1")
      append("relu", .relu)
    }
    if stem.pool { try buildStemPool() }
  }

  private mutating func buildStemPool() throws(DescriptorError) {
    let filters = architecture.antialias != .none
    switch (architecture.stem.poolKind, architecture.antialias) {
    case (.convolution, _):
      try convolve("maxpool.0", to: channels, kernel: 3, stride: filters ? 1 : 2)
      if filters { antialias("maxpool.1", stride: 2) }
      try normalize("maxpool.\(filters ? 2 : 1)")
      append("maxpool.\(filters ? 3 : 2)", .relu)
    case (_, .averagePool):
      antialias("maxpool", stride: 2)
    case (.maxPartial, _):
      append("maxpool", .maxPool(Pool(kernel: 3, stride: 2, padding: 0, isPartial: true)))
    case (let kind, let filter):
      append(
        filter == .none ? "maxpool" : "maxpool.0",
        .maxPool(
          Pool(
            kernel: 3, stride: filter == .none ? 2 : 1, padding: 1, padsWithZeros: kind == .maxZeroPadded)))
      if filter != .none { antialias("maxpool.1", stride: 2) }
    }
  }

  mutating func buildHead() {
    buildGlobalPool()
    headStart = nodes.count
    let path = Graph.headPath
    let classes = architecture.classes
    switch architecture.head {
    case .none: break
    case .linear:
      append(path, .linear(Linear(inputs: channels, outputs: classes)))
    case .multilayer(let widths, _):
      // Positions in PyTorch's Sequential(Dropout, Linear, ReLU, Dropout, Linear, …).
      for (index, width) in widths.enumerated() {
        append("\(path).\(3 * index + 1)", .linear(Linear(inputs: channels, outputs: width)))
        append("\(path).\(3 * index + 2)", .relu)
        channels = width
      }
      append("\(path).\(3 * widths.count + 1)", .linear(Linear(inputs: channels, outputs: classes)))
    }
  }

  private mutating func buildGlobalPool() {
    let map = last
    switch architecture.globalPool {
    case .average:
      append("avgpool", .globalAveragePool)
    case .max:
      append("globalpool", .globalMaxPool)
    case .averageMax, .concatenated:
      append("globalpool.avg", .globalAveragePool, [map])
      append("globalpool.max", .globalMaxPool, [map])
      let isMean = architecture.globalPool == .averageMax
      append("globalpool", isMean ? .mean : .concatenate, [last - 1, last])
      if !isMean { channels *= 2 }
    }
  }
}
