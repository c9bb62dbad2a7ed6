extension Architecture {
  /// A value for a property that the weights of a network do not show, as somebody who knows the network says it.
  public enum Setting: Hashable, Sendable {
    /// The filter of feature maps before they are subsampled.
    case antialias(Antialias)
    /// The question that the logits answer.
    case answer(Answer)
    /// The convolution of a basic block that strides.
    case basicStride(BasicStride)
    /// The convolution of a bottleneck that strides.
    case bottleneckStride(BottleneckStride)
    /// The dilation of each stage.
    case dilations([Int])
    /// The number that norms add to the variance.
    case epsilon(Double)
    /// The pooling that makes one vector of the last feature map.
    case globalPool(GlobalPool)
    /// No head: the network puts the pooled features out.
    case noHead
    /// The form of the normalisations.
    case normalization(Normalization.Kind)
    /// The form of the shortcuts.
    case shortcut(Shortcut)
    /// The input of shortcuts that change the shape, in pre-activation blocks.
    case shortcutInput(ShortcutInput)
    /// The pool after the stem; nil for none.
    case stemPool(Stem.Pool?)
    /// The block of each stage that strides.
    case stridePosition(StridePosition)
    /// The stride of each stage.
    case strides([Int])
    /// The number that is added to the variance of standardised weights; nil for weights that are used as they are.
    case weightStandardization(Double?)
  }

  /// Takes the value over. An architecture that it changes is no longer the preset that it was.
  ///
  /// - Throws: ``DescriptorError`` when there are not as many stages.
  public mutating func apply(_ setting: Setting) throws(DescriptorError) {
    let before = self
    switch setting {
    case .antialias(let value): antialias = value
    case .answer(let value): answer = value
    case .basicStride(let value): basicStride = value
    case .bottleneckStride(let value): bottleneckStride = value
    case .dilations(let values):
      try requireOneForEachStage(values, "dilations")
      for (index, value) in values.enumerated() { stages[index].dilation = value }
    case .epsilon(let value): normalization.epsilon = value
    case .globalPool(let value): globalPool = value
    case .noHead:
      head = .none
      classes = featureCount
    case .normalization(let value): normalization.kind = value
    case .shortcut(let value): shortcut = value
    case .shortcutInput(let value): shortcutInput = value
    case .stemPool(let value):
      stem.pool = value != nil
      stem.poolKind = value ?? .max
    case .stridePosition(let value): stridePosition = value
    case .strides(let values):
      try requireOneForEachStage(values, "strides")
      for (index, value) in values.enumerated() { stages[index].stride = value }
    case .weightStandardization(let value): weightStandardization = value
    }
    if self != before { name = nil }
  }

  private func requireOneForEachStage(_ values: [Int], _ name: String) throws(DescriptorError) {
    guard values.count == stages.count else {
      throw DescriptorError(
        .contradiction, field: name, "\(values.count) numbers for \(stages.count) stages")
    }
  }
}
