import Messages
import ModelDescriptor
import ResNetGraph

/// The architecture of a graph whose blocks are known.
extension NetworkReading {
  /// - Throws: ``ImportError`` with `graph`.
  func architecture() throws(ImportError) -> Architecture {
    let input = steps[0]
    var forms: [BlockForm] = []
    for block in blocks { forms.append(try form(of: block)) }
    let stages = try stageRanges(forms)
    let stem = try stemForm()
    var net = Architecture(
      input: Architecture.Input(channels: input.channels, height: input.height, width: input.width),
      stem: stem.stem, stages: [], block: forms[0].block(isPreactivated: isPreactivated))
    net.classes = steps[answer].channels
    if head.isEmpty { net.head = .none }
    if head.count > 1 {
      let widths = head.dropLast().map { steps[$0].channels }
      net.head = .multilayer(widths: widths, dropout: Array(repeating: 0, count: widths.count + 1))
    }
    net.globalPool = globalPool
    net.antialias = forms.lazy.compactMap(\.antialias).first ?? stem.antialias ?? .none
    net.bottleneckStride = forms.contains { $0.stridesFirst } ? .conv1 : .conv2
    net.basicStride =
      forms.contains { $0.convolutions.count == 2 && $0.convolutions[1].stride > 1 } ? .conv2 : .conv1
    if isPreactivated, blocks.contains(where: readsRawInput) { net.shortcutInput = .raw }
    net.stridePosition = stages.contains { isLastStriding(forms, $0) } ? .last : .first
    (net.shortcut, net.shortcutKernel) = try shortcutForm(forms)
    net.normalization = normalization()
    net.groups =
      forms.lazy.compactMap { $0.convolutions.count == 3 ? $0.convolutions[1].groups : nil }.first ?? 1
    try setWidths(&net, forms, stages)
    try setAttention(&net, forms, stages)
    net.convolutionBias = convolutionBias()
    return net
  }

  /// True if a pre-activated block changes the shape of its input as it came: its norm is in one of the branches.
  private func readsRawInput(_ block: BlockReading) -> Bool {
    guard let first = block.residual.first, !block.shortcut.isEmpty else { return false }
    let isSubsampled = block.shortcut.allSatisfy {
      !steps[$0].isConvolution && steps[$0].channels == steps[block.input].channels
    }
    return steps[first].isNorm && !isSubsampled
  }

  // MARK: Stages

  /// The blocks of each stage. A stage begins where the channels change, or where a block strides whose shortcut is projected.
  private func stageRanges(_ forms: [BlockForm]) throws(ImportError) -> [Range<Int>] {
    var starts = [0]
    for index in forms.indices.dropFirst() {
      let (form, last) = (forms[index], forms[index - 1])
      let changes = form.outputChannels != last.outputChannels
      let strides = form.stride > 1 && form.shortcut != .subsampled
      if changes || strides || form.convolutions.count != last.convolutions.count { starts.append(index) }
    }
    let ends = starts.dropFirst() + [forms.count]
    return zip(starts, ends).map { $0..<$1 }
  }

  private func isLastStriding(_ forms: [BlockForm], _ stage: Range<Int>) -> Bool {
    stage.count > 1 && forms[stage.upperBound - 1].stride > 1
      && forms[stage.upperBound - 1].shortcut == .subsampled
  }

  private func setWidths(
    _ net: inout Architecture, _ forms: [BlockForm], _ stages: [Range<Int>]
  ) throws(ImportError) {
    var dilation = 1
    for stage in stages {
      let first = forms[stage.lowerBound]
      let striding = forms[stage].first { $0.stride > 1 }
      let block = first.block(isPreactivated: isPreactivated)
      var own = Architecture.Stage(
        blocks: stage.count, width: max(first.outputChannels / block.defaultExpansion, 1),
        stride: striding?.stride ?? 1, dilation: forms[stage.upperBound - 1].dilation)
      if stage.count == 1 {
        // A single block says what is before it, not what follows.
        own.dilation = max(first.lastDilation, dilation)
      }
      if block != net.block { own.block = block }
      dilation = own.dilation
      net.stages.append(own)
    }
    // The widths by the usual rule; else those that the convolutions have.
    let inner = forms[0].convolutions.map(\.outputChannels)
    if net.block.isBottleneck, inner[1] > 0, net.stages[0].width > 0 {
      let (perGroup, rest) = (64 * inner[1]).quotientAndRemainder(
        dividingBy: net.stages[0].width * net.groups)
      if rest == 0, perGroup > 0 { net.widthPerGroup = perGroup }
      if inner[0] * 2 == inner[1] { net.firstReduction = 2 }
    }
    for (index, stage) in stages.enumerated() {
      let channels = stage.map { forms[$0].convolutions.map(\.outputChannels) }
      let usual = stage.indices.allSatisfy {
        net.convolutionChannels(of: net.stages[index], block: $0 - stage.lowerBound)
          == channels[$0 - stage.lowerBound]
      }
      if usual { continue }
      let last = channels[0][channels[0].count - 1]
      var thin = net.stages[index]
      thin.width = channels[0][0]
      if last % max(thin.width, 1) == 0 {
        thin.expansion = last / max(thin.width, 1)
        if channels.indices.allSatisfy({ net.convolutionChannels(of: thin, block: $0) == channels[$0] }) {
          net.stages[index] = thin
          continue
        }
      }
      net.stages[index].channels = channels
    }
  }

  // MARK: Stem

  private func stemForm() throws(ImportError) -> (stem: Architecture.Stem, antialias: Architecture.Antialias?)
  {
    let convolutions = stem.filter { steps[$0].isConvolution }
    guard let first = convolutions.first.flatMap({ steps[$0].convolution }) else {
      throw refusal(blocks[0].sum, "ends the first block, but no convolution stands before it")
    }
    var kind = Architecture.Stem.Kind.conv7x7
    var count = 1
    if first.kernel == 3 {
      // A deep stem has three, the first of which strides; a fourth one is the pool of ResNet-RS.
      kind = convolutions.count >= 3 ? .deep : .conv3x3
      count = kind == .deep ? 3 : 1
    }
    let widths = convolutions.prefix(count).compactMap { steps[$0].convolution?.outputChannels }
    var form = Architecture.Stem(kind: kind, widths: widths, pool: false)
    var antialias: Architecture.Antialias?
    for index in stem {
      switch steps[index].operation {
      case .maxPool(let pool):
        form.pool = true
        if pool.padsWithZeros { form.poolKind = .maxZeroPadded }
        if pool.isPartial { form.poolKind = .maxPartial }
      case .averagePool:
        form.pool = true
        antialias = .averagePool
      case .blur: antialias = .blur
      default: break
      }
    }
    if isPreactivated, let last = stem.firstIndex(of: convolutions[count - 1]), last + 1 < stem.count {
      let next = steps[stem[last + 1]]
      form.isNormalized = next.isNorm || next.operation == .relu
    }
    if convolutions.count > count {
      form.pool = true
      form.poolKind = .convolution
    }
    return (form, antialias)
  }

  // MARK: Norms and biases

  private func normalization() -> Architecture.Normalization {
    let norms = blocks.flatMap(\.residual) + stem
    let grouped = norms.compactMap { index -> GroupNormalization? in
      if case .groupNormalization(let norm) = steps[index].operation { norm } else { nil }
    }
    if let first = grouped.first {
      let isInstance = grouped.allSatisfy { $0.groups == $0.channels }
      return Architecture.Normalization(
        kind: isInstance ? .instance(affine: true) : .group(groups: first.groups), epsilon: first.epsilon)
    }
    for index in norms {
      // The numbers of a norm that the file has; one that stands for a scale and a shift says nothing of the network.
      if case .batchNormalization(let norm) = steps[index].operation,
        steps[index].weights["running_mean"] != .filled(0)
      {
        return Architecture.Normalization(epsilon: norm.epsilon)
      }
    }
    return Architecture.Normalization()
  }

  private func convolutionBias() -> Architecture.ConvolutionBias {
    let convolutions = (stem + blocks.flatMap { $0.residual + $0.shortcut }).filter {
      steps[$0].isConvolution
    }
    func isBefore(_ index: Int, _ test: (ONNXStep) -> Bool) -> Bool {
      readers[index].contains { test(steps[$0]) }
    }
    let biased = convolutions.filter { steps[$0].convolution?.hasBias == true }
    if isPreactivated {
      return biased.contains { !isBefore($0) { $0.operation == .relu || $0.isNorm } } ? .unnormalized : .none
    }
    let isKept =
      !biased.isEmpty && biased.count == convolutions.count && biased.allSatisfy { isBefore($0, \.isNorm) }
    return isKept ? .all : .none
  }
}
