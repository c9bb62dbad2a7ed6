import ModelDescriptor
import ResNetGraph
import TensorCore

/// The evidence in the tensors of a network that is no preset.
struct TensorEvidence {
  /// Shapes by the graph's names.
  private let shapes: [String: Shape]
  private let channels: Int
  private let classes: Int
  private let stem: Architecture.Stem
  private let head: Architecture.Head
  private let stages: [StageEvidence]

  /// Nil when something is missing that every residual network has.
  init?(_ shapes: [String: Shape]) {
    self.shapes = shapes
    guard let channels = (Self.kernel("conv1", shapes) ?? Self.kernel("conv1.0", shapes))?[1],
      let stem = Self.stem(shapes)
    else { return nil }
    self.channels = channels
    self.stem = stem
    var stages: [StageEvidence] = []
    while stages.count < 16, let stage = StageEvidence(stages.count + 1, shapes) { stages.append(stage) }
    guard !stages.isEmpty else { return nil }
    self.stages = stages
    if let (head, classes) = Self.head(shapes) {
      (self.head, self.classes) = (head, classes)
    } else {
      guard !shapes.keys.contains(where: { Graph.isHead(path: $0) }) else { return nil }
      (head, classes) = (.none, stages[stages.count - 1].outputs)
    }
  }

  // MARK: What they may be

  /// Networks that have such stem, blocks and head, the most usual first. Their other tensors are not compared here.
  var readings: [Architecture] {
    widths.flatMap { net in
      norms.flatMap { norm in
        biases.flatMap { bias in
          shortcuts.map { shortcut in
            var net = net
            net.normalization.kind = norm
            net.convolutionBias = bias
            net.shortcut = shortcut
            return net
          }
        }
      }
    }
  }

  /// The network but for its shortcuts and biases, with the ways in which the channels of its blocks can come about.
  private var widths: [Architecture] {
    let first = stages[0]
    let block = first.block(isPreactivation: shapes["norm.weight"] != nil)
    let isSmall = stem.kind == .conv3x3
    var net = Architecture(
      input: Architecture.Input(channels: channels, height: isSmall ? 32 : 224, width: isSmall ? 32 : 224),
      stem: stem, stages: [], block: block, attention: attention, classes: classes)
    net.head = head
    net.shortcutKernel = shortcutKernel
    if shapes["maxpool.2.weight"] != nil { net.antialias = .blur }
    if case .linear = head, let matrix = shapes["fc.weight"]?.dimensions,
      matrix[1] == 2 * stages[stages.count - 1].outputs
    {
      net.globalPool = .concatenated
    }
    if let bottleneck = stages.first(where: \.isBottleneck) { net.groups = bottleneck.groups }
    return [
      ofUsualExpansion(net), ofOwnExpansion(net),
      stages(net, width: { $0.outputs / $0.defaultExpansion }, list: { $0.channels }),
    ].compactMap(\.self)
  }

  /// Bottlenecks put out four times the stage's width, and are wider or narrower inside by a rule.
  private func ofUsualExpansion(_ net: Architecture) -> Architecture? {
    guard stages.allSatisfy({ $0.outputs % $0.defaultExpansion == 0 }) else { return nil }
    var net = net
    if let stage = stages.first(where: \.isBottleneck) {
      let (product, isTooLarge) = stage.inner.multipliedReportingOverflow(by: 64)
      let (divisor, overflow) = (stage.outputs / 4).multipliedReportingOverflow(by: net.groups)
      guard !isTooLarge, !overflow, divisor > 0, product % divisor == 0 else { return nil }
      net.widthPerGroup = product / divisor
    }
    net.firstReduction = reduction
    return stages(net, width: { $0.outputs / $0.defaultExpansion }, list: { _ in nil })
  }

  /// Blocks are as wide inside as the stage's width says, and put out a multiple of it.
  private func ofOwnExpansion(_ net: Architecture) -> Architecture? {
    let first = stages[0]
    guard 64 % net.groups == 0, first.inner > 0, first.outputs % first.inner == 0 else { return nil }
    var net = net
    net.expansion = first.outputs / first.inner
    if first.isBottleneck {
      net.widthPerGroup = 64 / net.groups
      net.firstReduction = reduction
    }
    return stages(net, width: { $0.inner }, list: { _ in nil })
  }

  /// The first convolution of a block may be narrower than the rest.
  private var reduction: Int {
    let first = stages[0]
    let whole = first.isBottleneck ? first.inner : first.outputs
    return first.first > 0 && whole % first.first == 0 ? whole / first.first : 1
  }

  private func stages(
    _ net: Architecture, width: (StageEvidence) -> Int, list: (StageEvidence) -> [[Int]]?
  ) -> Architecture {
    var net = net
    net.stages = stages.enumerated().map { index, stage in
      let kind = stage.block(isPreactivation: net.block.isPreactivation)
      return Architecture.Stage(
        blocks: stage.channels.count, width: width(stage), stride: index == 0 ? 1 : 2,
        block: kind == net.block ? nil : kind, channels: list(stage))
    }
    return net
  }

  private var norms: [Architecture.Normalization.Kind] {
    if shapes.keys.contains(where: { $0.hasSuffix(".running_mean") }) { return [.batch] }
    return shapes["layer1.0.bn1.weight"] == nil
      ? [.instance(affine: false)] : [.group(groups: 32), .instance(affine: true)]
  }

  private var shortcuts: [Architecture.Shortcut] {
    if has(".downsample.1.weight", rank: 4) { return [.averagePoolProjection] }
    return has(".downsample.0.weight", rank: 4) ? [.projection, .projectionAlways] : [.zeroPad]
  }

  private var biases: [Architecture.ConvolutionBias] {
    if shapes["layer1.0.conv1.bias"] != nil { return [.all] }
    return shapes["conv1.bias"] != nil || shapes["conv1.6.bias"] != nil ? [.unnormalized] : [.none]
  }

  /// The kernel of a projection that strides.
  private var shortcutKernel: Int {
    let kernels = (1...stages.count).compactMap { Self.kernel("layer\($0).0.downsample.0", shapes)?[2] }
    return kernels.last ?? 1
  }

  private var attention: Architecture.Attention? {
    let paths = (1...stages.count).map { "layer\($0).0.se." }
    let kernels = paths.compactMap { shapes[$0 + "conv.weight"]?.dimensions.last }
    if kernels.count == paths.count { return .efficient(kernels: kernels) }
    let inner = paths.compactMap { shapes[$0 + "fc1.weight"]?.dimensions.first }
    guard inner.count == paths.count else { return nil }
    return .squeezeExcitation(
      innerChannels: inner, bias: shapes[paths[0] + "fc1.bias"] != nil,
      layers: shapes[paths[0] + "fc1.weight"]?.rank == 4 ? .convolution : .linear)
  }

  private func has(_ ending: String, rank: Int) -> Bool {
    shapes.contains { $0.key.hasSuffix(ending) && $0.value.rank == rank }
  }

  // MARK: Both ends

  private static func kernel(_ path: String, _ shapes: [String: Shape]) -> [Int]? {
    guard let shape = shapes[path + ".weight"], shape.rank == 4, shape.elementCount > 0 else { return nil }
    return shape.dimensions
  }

  private static func stem(_ shapes: [String: Shape]) -> Architecture.Stem? {
    let pool: Architecture.Stem.Pool = kernel("maxpool.0", shapes) == nil ? .max : .convolution
    let deep = [0, 3, 6].compactMap { kernel("conv1.\($0)", shapes)?[0] }
    if deep.count == 3 {
      return Architecture.Stem(kind: .deep, widths: deep, pool: true, poolKind: pool)
    }
    guard let convolution = kernel("conv1", shapes) else { return nil }
    switch convolution[2] {
    case 7: return Architecture.Stem(kind: .conv7x7, widths: [convolution[0]], pool: true, poolKind: pool)
    case 3 where pool == .convolution:
      return Architecture.Stem(kind: .conv3x3, widths: [convolution[0]], pool: true, poolKind: pool)
    case 3: return .conv3x3(width: convolution[0])
    default: return nil
    }
  }

  /// The head and the number of classes.
  private static func head(_ shapes: [String: Shape]) -> (Architecture.Head, Int)? {
    if let matrix = shapes["fc.weight"], matrix.rank == 2, matrix.elementCount > 0 {
      return (.linear, matrix.dimensions[0])
    }
    let rows = (0..<17).map { shapes["fc.\(3 * $0 + 1).weight"]?.dimensions.first }.prefix { $0 != nil }
      .compactMap(\.self)
    guard rows.count > 1, rows[rows.count - 1] > 0 else { return nil }
    return (
      .multilayer(widths: rows.dropLast(), dropout: rows.map { _ in 0 }), rows[rows.count - 1]
    )
  }
}
