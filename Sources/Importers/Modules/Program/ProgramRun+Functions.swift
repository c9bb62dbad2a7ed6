/// The functions of PyTorch that residual networks call. Of all others, and of those with other arguments, nothing is known.
extension ProgramRun {
  /// - Parameter name: the full name, for example `torch.conv2d`.
  mutating func compute(_ name: String, _ arguments: ProgramArguments) throws(Fault) -> ProgramValue {
    do throws(Fault) {
      if let value = try computeNumber(name, arguments) { return value }
      guard name.hasPrefix("torch.") else { throw Fault(words: "is none of a residual network's functions") }
      let short = String(name.dropFirst("torch.".count))
      if let value = try computeLayer(short, arguments) { return value }
      if let value = try computePool(short, arguments) { return value }
      if let value = try computeJoin(short, arguments) { return value }
      if let value = try computeShape(short, arguments) { return value }
    } catch {
      throw Fault(words: "calls \(name), which \(error.words)")
    }
    throw Fault(words: "calls \(name), which no such network does")
  }

  // MARK: Layers

  private mutating func computeLayer(
    _ name: String, _ arguments: ProgramArguments
  ) throws(Fault) -> ProgramValue? {
    var arguments = arguments
    switch name {
    case "conv2d":
      let (x, inputs) = try layerInputs(&arguments)
      let stride = try arguments.pair("stride", usual: [1, 1])
      if case .text(let padding)? = arguments.places.first {
        arguments.ignore("padding")
        let dilation = try arguments.pair("dilation", usual: [1, 1])
        let groups = try arguments.int("groups", usual: 1)
        try arguments.end()
        guard padding == "same", stride == [1, 1], tensors[x].rank == 4 else {
          throw Fault(words: "pads in a way that is not known")
        }
        return tensor(terms.term(.evenConvolution(dilation: dilation, groups: groups), inputs), rank: 4)
      }
      let padding = try arguments.pair("padding", usual: [0, 0])
      let dilation = try arguments.pair("dilation", usual: [1, 1])
      let groups = try arguments.int("groups", usual: 1)
      try arguments.end()
      return try convolution(x, inputs, stride, padding, dilation, groups)
    case "_convolution":
      let (x, inputs) = try layerInputs(&arguments)
      let stride = try arguments.ints("stride")
      let padding = try arguments.ints("padding")
      let dilation = try arguments.ints("dilation")
      try arguments.expect("transposed", false)
      let rest = try arguments.ints("output_padding")
      guard rest.allSatisfy({ $0 == 0 }) else { throw Fault(words: "pads its output") }
      let groups = try arguments.int("groups")
      for _ in 0..<4 { arguments.ignore("speed") }
      try arguments.end()
      if stride.count == 1 { return try channelConvolution(x, inputs, stride, padding, dilation, groups) }
      guard stride.count == 2, padding.count == 2, dilation.count == 2 else {
        throw Fault(words: "has not two dimensions")
      }
      return try convolution(x, inputs, stride, padding, dilation, groups)
    case "conv1d":
      let (x, inputs) = try layerInputs(&arguments)
      let stride = try arguments.ints("stride", usual: [1])
      let padding = try arguments.ints("padding", usual: [0])
      let dilation = try arguments.ints("dilation", usual: [1])
      let groups = try arguments.int("groups", usual: 1)
      try arguments.end()
      return try channelConvolution(x, inputs, stride, padding, dilation, groups)
    case "batch_norm": return try batchNorm(&arguments)
    case "group_norm":
      let x = try arguments.tensor()
      let groups = try arguments.int("num_groups")
      var inputs = [tensors[x].term]
      if let weight = try arguments.tensorOrNone("weight"), let bias = try arguments.tensorOrNone("bias") {
        inputs += [tensors[weight].term, tensors[bias].term]
      }
      let epsilon = try arguments.number("eps", usual: 1e-5)
      arguments.ignore("cudnn_enabled")
      try arguments.end()
      guard inputs.count == 3 else { throw Fault(words: "has no weights") }
      return tensor(terms.term(.groupNorm(groups: groups, epsilon: epsilon), inputs), rank: tensors[x].rank)
    case "instance_norm":
      let x = try arguments.tensor()
      let weight = try arguments.tensorOrNone("weight")
      let bias = try arguments.tensorOrNone("bias")
      let mean = try arguments.tensorOrNone("running_mean")
      let variance = try arguments.tensorOrNone("running_var")
      try arguments.expect("use_input_stats", true)
      arguments.ignore("momentum")
      let epsilon = try arguments.number("eps")
      arguments.ignore("cudnn_enabled")
      try arguments.end()
      guard mean == nil, variance == nil, (weight == nil) == (bias == nil) else {
        throw Fault(words: "keeps statistics")
      }
      let inputs = [x, weight, bias].compactMap(\.self).map { tensors[$0].term }
      return tensor(terms.term(.instanceNorm(epsilon: epsilon), inputs), rank: tensors[x].rank)
    case "relu", "sigmoid", "relu_", "sigmoid_":
      let x = try arguments.tensor()
      try arguments.end()
      let term = terms.term(name.hasPrefix("relu") ? .relu : .sigmoid, [tensors[x].term])
      return name.hasSuffix("_") ? try change(x, to: term) : tensor(term, rank: tensors[x].rank)
    case "softmax", "log_softmax":
      let x = try arguments.tensor()
      guard [1, -1].contains(try arguments.int("dim")), tensors[x].rank == 2 else {
        throw Fault(words: "is not over the classes")
      }
      _ = try arguments.tensorOrNone("dtype")
      try arguments.end()
      return tensor(terms.term(.softmax, [tensors[x].term]), rank: 2)
    case "dropout", "dropout_", "feature_dropout", "feature_dropout_":
      let x = try arguments.tensor()
      arguments.ignore("p")
      try arguments.expect("train", false)
      try arguments.end()
      return .tensor(x)
    case "linear":
      let (x, inputs) = try layerInputs(&arguments)
      try arguments.end()
      return try linear(x, inputs)
    case "addmm":
      let bias = try arguments.tensor("bias")
      let x = try arguments.tensor("mat1")
      let matrix = try arguments.tensor("mat2")
      guard try arguments.number("beta", usual: 1) == 1, try arguments.number("alpha", usual: 1) == 1,
        let weight = transposed(matrix)
      else { throw Fault(words: "is no linear layer") }
      try arguments.end()
      return try linear(x, [tensors[x].term, weight, tensors[bias].term])
    case "matmul", "mm":
      let x = try arguments.tensor()
      let matrix = try arguments.tensor("other")
      try arguments.end()
      guard let weight = transposed(matrix) else { throw Fault(words: "is no linear layer") }
      return try linear(x, [tensors[x].term, weight])
    case "t":
      let x = try arguments.tensor()
      try arguments.end()
      return view(of: x, terms.term(.transposed, [tensors[x].term]), rank: tensors[x].rank)
    default: return nil
    }
  }

  /// An input, weights and perhaps a bias.
  private mutating func layerInputs(_ arguments: inout ProgramArguments) throws(Fault) -> (Int, [Int]) {
    let x = try arguments.tensor()
    let weight = try arguments.tensor("weight")
    let bias = try arguments.tensorOrNone("bias")
    return (x, [tensors[x].term, tensors[weight].term] + (bias.map { [tensors[$0].term] } ?? []))
  }

  private func transposed(_ number: Int) -> Int? {
    let term = tensors[number].term
    return terms.operations[term] == .transposed ? terms.inputs[term][0] : nil
  }

  private mutating func linear(_ x: Int, _ inputs: [Int]) throws(Fault) -> ProgramValue {
    guard tensors[x].rank == 2, terms.pooled[inputs[0]] else {
      throw Fault(words: "takes maps of more than one pixel")
    }
    return tensor(terms.term(.linear, inputs), rank: 2)
  }

  private mutating func convolution(
    _ x: Int, _ inputs: [Int], _ stride: [Int], _ padding: [Int], _ dilation: [Int], _ groups: Int
  ) throws(Fault) -> ProgramValue {
    guard tensors[x].rank == 4 else { throw Fault(words: "does not take a map") }
    if let blur = blur(inputs, stride, padding, dilation, groups) { return tensor(blur, rank: 4) }
    // A convolution of one pixel is a layer with a matrix.
    let isLinear =
      terms.pooled[inputs[0]] && stride == [1, 1] && padding == [0, 0] && dilation == [1, 1] && groups == 1
    let term = terms.term(
      isLinear
        ? .linear
        : .convolution(stride: stride, padding: padding, dilation: dilation, groups: groups), inputs)
    return tensor(term, rank: 4)
  }

  /// The filter that subsamples, whose numbers are compared when the tensors are read.
  private mutating func blur(
    _ inputs: [Int], _ stride: [Int], _ padding: [Int], _ dilation: [Int], _ groups: Int
  ) -> Int? {
    guard case .reflected([1, 1, 1, 1]) = terms.operations[inputs[0]], inputs.count == 2,
      case .foreign(let name) = terms.operations[inputs[1]], name.hasSuffix(NameMap.blurFilter),
      stride.count == 2, stride[0] == stride[1], padding == [0, 0],
      dilation == [1, 1], groups > 1
    else { return nil }
    return terms.term(.blur(stride: stride[0]), terms.inputs[inputs[0]])
  }

  private mutating func channelConvolution(
    _ x: Int, _ inputs: [Int], _ stride: [Int], _ padding: [Int], _ dilation: [Int], _ groups: Int
  ) throws(Fault) -> ProgramValue {
    guard tensors[x].rank == 3, inputs.count == 2, stride == [1], padding.count == 1, dilation == [1],
      groups == 1
    else { throw Fault(words: "is no convolution along channels") }
    return tensor(terms.term(.channelConvolution(padding: padding[0]), inputs), rank: 3)
  }

  private mutating func batchNorm(_ arguments: inout ProgramArguments) throws(Fault) -> ProgramValue {
    let x = try arguments.tensor()
    let weight = try arguments.tensorOrNone("weight")
    let bias = try arguments.tensorOrNone("bias")
    let mean = try arguments.tensorOrNone("running_mean")
    let variance = try arguments.tensorOrNone("running_var")
    let training = try arguments.bool("training")
    arguments.ignore("momentum")
    let epsilon = try arguments.number("eps")
    arguments.ignore("cudnn_enabled")
    try arguments.end()
    let input = tensors[x].term
    // Weights are standardised by a norm over those of each output channel.
    if training, weight == nil, bias == nil, mean == nil, variance == nil,
      terms.operations[input] == .flattened
    {
      return tensor(terms.term(.standardized(epsilon: epsilon), terms.inputs[input]), rank: 3)
    }
    guard !training else { throw Fault(words: "takes the statistics of each batch") }
    guard let weight, let bias, let mean, let variance else { throw Fault(words: "lacks tensors") }
    let inputs = [x, weight, bias, mean, variance].map { tensors[$0].term }
    return tensor(terms.term(.batchNorm(epsilon: epsilon), inputs), rank: tensors[x].rank)
  }

  // MARK: Pools

  private mutating func computePool(
    _ name: String, _ arguments: ProgramArguments
  ) throws(Fault) -> ProgramValue? {
    var arguments = arguments
    switch name {
    case "max_pool2d":
      let x = try map(&arguments)
      let kernel = try arguments.pair("kernel_size")
      let stride = try arguments.ints("stride", usual: [])
      let padding = try arguments.pair("padding", usual: [0, 0])
      let dilation = try arguments.pair("dilation", usual: [1, 1])
      let isPartial = try arguments.bool("ceil_mode", usual: false)
      try arguments.end()
      return tensor(
        terms.term(
          .maxPool(
            kernel: kernel, stride: stride.isEmpty ? kernel : stride.count == 1 ? stride + stride : stride,
            padding: padding, dilation: dilation, isPartial: isPartial), [tensors[x].term]), rank: 4)
    case "avg_pool2d":
      let x = try map(&arguments)
      if arguments.takeExtents(of: tensors[x].term) {
        // A window of the map's own extents.
        try arguments.end()
        return tensor(terms.term(.globalMean, [tensors[x].term]), rank: 4)
      }
      let kernel = try arguments.pair("kernel_size")
      let strides = try arguments.ints("stride", usual: [])
      let padding = try arguments.pair("padding", usual: [0, 0])
      let isPartial = try arguments.bool("ceil_mode", usual: false)
      let countsPadding = try arguments.bool("count_include_pad", usual: true)
      let divisor = arguments.next("divisor_override")
      try arguments.end()
      let stride = strides.isEmpty ? kernel : strides.count == 1 ? strides + strides : strides
      if let divisor, case .none = divisor {
      } else if divisor != nil {
        throw Fault(words: "divides by a number of its own")
      }
      guard padding == [0, 0], !isPartial || !countsPadding else {
        throw Fault(words: "counts pixels that are not there")
      }
      if kernel == [1, 1], stride[0] == stride[1], !isPartial {
        var term = tensors[x].term
        for dimension in [2, 3] where stride[0] > 1 {
          term = terms.term(.sliced(dimension: dimension, stride: stride[0]), [term])
        }
        return tensor(term, rank: 4)
      }
      let isWindow = kernel[0] == kernel[1] && kernel[0] >= 4 && !isPartial
      return tensor(
        terms.term(
          isWindow
            ? .windowMean(kernel: kernel[0])
            : .averagePool(kernel: kernel, stride: stride, isPartial: isPartial), [tensors[x].term]), rank: 4)
    case "adaptive_avg_pool2d", "adaptive_max_pool2d":
      let x = try map(&arguments)
      guard try arguments.ints("output_size").allSatisfy({ $0 == 1 }) else {
        throw Fault(words: "puts out more than one pixel")
      }
      try arguments.end()
      if name == "adaptive_avg_pool2d" {
        return tensor(terms.term(.globalMean, [tensors[x].term]), rank: 4)
      }
      return .list([tensor(terms.term(.globalMax, [tensors[x].term]), rank: 4), .open])
    case "mean", "amax":
      let x = try arguments.tensor()
      let dimensions = try arguments.ints("dim")
      let keeps = try arguments.bool("keepdim", usual: false)
      _ = name == "mean" ? try arguments.tensorOrNone("dtype") : nil
      try arguments.end()
      let term = tensors[x].term
      let isFlat = terms.operations[term] == .flattened && tensors[x].rank == 3
      guard
        tensors[x].rank == 4 && [[2, 3], [3, 2], [-1, -2], [-2, -1]].contains(dimensions)
          || isFlat && [[2], [-1]].contains(dimensions)
      else { throw Fault(words: "is not over height and width") }
      let map = isFlat ? terms.inputs[term][0] : term
      guard !isFlat || !keeps else { throw Fault(words: "is not over height and width") }
      return tensor(terms.term(name == "mean" ? .globalMean : .globalMax, [map]), rank: keeps ? 4 : 2)
    case "pad", "constant_pad_nd", "reflection_pad2d":
      let x = try map(&arguments)
      let amounts = try arguments.ints("pad")
      var isReflected = name == "reflection_pad2d"
      if name == "pad" {
        switch arguments.next("mode") {
        case .text("constant")?, nil: break
        case .text("reflect")?: isReflected = true
        default: throw Fault(words: "pads in a way that is not known")
        }
      }
      var value = 0.0
      if !isReflected, let own = arguments.next("value") {
        switch own {
        case .none: break
        case .int(let number): value = Double(number)
        case .float(let number): value = number
        default: throw Fault(words: "pads with a value that is not known")
        }
      } else if isReflected, name == "pad", let own = arguments.next("value") {
        guard case .none = own else { throw Fault(words: "pads in a way that is not known") }
      }
      try arguments.end()
      return padded(x, amounts, value: value, isReflected: isReflected)
    default: return nil
    }
  }

  /// A tensor [N, C, H, W].
  mutating func map(_ arguments: inout ProgramArguments) throws(Fault) -> Int {
    let x = try arguments.tensor()
    guard tensors[x].rank == 4 else { throw Fault(words: "does not take a map") }
    return x
  }

  private mutating func padded(
    _ x: Int, _ amounts: [Int], value: Double, isReflected: Bool
  ) -> ProgramValue {
    let term = tensors[x].term
    if amounts.allSatisfy({ $0 == 0 }) { return view(of: x, term, rank: 4) }
    if isReflected { return tensor(terms.term(.reflected(amounts), [term]), rank: 4) }
    return tensor(terms.term(.padded(amounts, value: value), [term]), rank: 4)
  }
}
