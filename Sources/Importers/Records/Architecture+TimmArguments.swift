package import ModelDescriptor

extension Architecture {
  /// Applies one of the arguments with which timm makes a network (`model_args`).
  ///
  /// - Throws: ``DescriptorError`` with `unsupported` for one that is not known here.
  mutating func apply(timmArgument argument: RecordValue, named name: String) throws(DescriptorError) {
    // timm's pre-activation networks count otherwise.
    let isPlain = !stages.contains { $0.channels != nil || kind(of: $0).isPreactivation }
    switch name {
    // These are read with the rest of the record.
    case "num_classes", "in_chans", "global_pool": break
    // Matters of training alone.
    case "drop_rate": dropout = try argument.number()
    case "drop_path_rate": stochasticDepth = try argument.number()
    case "drop_block_rate", "zero_init_last", "img_size": break
    case "layers" where isPlain:
      let blocks = try argument.counts(stages.count)
      for index in stages.indices { stages[index].blocks = blocks[index] }
    // Attention has inner channels that follow from the widths.
    case "channels" where isPlain && attention == nil:
      let widths = try argument.counts(stages.count)
      for index in stages.indices { stages[index].width = widths[index] }
    case "cardinality" where isPlain && attention == nil: groups = try argument.count()
    case "base_width" where isPlain && attention == nil: widthPerGroup = try argument.count()
    case "avg_down" where isPlain: shortcut = try argument.flag() ? .averagePoolProjection : .projection
    case "output_stride" where isPlain: dilate(toOutputStride: try argument.count())
    default:
      throw DescriptorError(
        .unsupported, field: argument.path, "this argument changes the network in a way that is not read here"
      )
    }
  }

  /// Replaces strides by dilation so that the last feature map is the input's size over `outputStride` at least, as timm does.
  package mutating func dilate(toOutputStride outputStride: Int) {
    var reached = 4
    var dilation = 1
    for index in stages.indices {
      let stride = stages[index].stride
      if reached >= outputStride {
        dilation *= stride
        stages[index].stride = 1
      } else {
        reached *= stride
      }
      stages[index].dilation = dilation
    }
  }
}

extension RecordValue {
  /// So many whole numbers.
  fileprivate func counts(_ count: Int) throws(DescriptorError) -> [Int] {
    let counts = try counts()
    guard counts.count == count else { throw fault("must have \(count) numbers") }
    return counts
  }
}
