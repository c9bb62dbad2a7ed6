/// One residual network, whatever its variant: the stem, the stages of blocks, and the head.
///
/// Field names and their values are those of the JSON form. Widths are counted as torchvision counts `planes`:
/// a stage of width 64 with bottleneck blocks of expansion 4 puts out 256 channels.
public struct Architecture: Hashable, Sendable {
  /// The preset this is, if it is one; it has no influence on the network.
  public var name: String?
  /// The size of the images that it was made for.
  public var input: Input
  /// The layers before the first stage.
  public var stem: Stem
  /// The stages in order; at least one.
  public var stages: [Stage]
  /// The kind of the blocks of every stage that does not say otherwise.
  public var block: Block
  /// Output channels of a block over the stage's width; 1 for basic blocks, 4 for torchvision's bottlenecks.
  public var expansion: Int
  /// The divisor of the channels of each block's first convolution; 2 in SENet-154.
  public var firstReduction: Int
  /// Groups of a bottleneck's 3×3 convolution (ResNeXt).
  public var groups: Int
  /// Channels of each group at width 64; torchvision's `width_per_group` (128 makes the wide nets).
  public var widthPerGroup: Int
  /// The convolution of a bottleneck that carries its stride.
  public var bottleneckStride: BottleneckStride
  /// The convolution of a basic block that carries its stride.
  public var basicStride: BasicStride
  /// The shortcut that is added to the output of each block's convolutions.
  public var shortcut: Shortcut
  /// The input of shortcuts that change the shape, in pre-activation blocks.
  public var shortcutInput: ShortcutInput
  /// Height and width of a projection's kernel where it strides or is dilated; 1×1 elsewhere. 3 in SENet-154.
  public var shortcutKernel: Int
  /// The block of each stage that strides.
  public var stridePosition: StridePosition
  /// The filter of feature maps before they are subsampled.
  public var antialias: Antialias
  /// Channel attention in each block; nil for none.
  public var attention: Attention?
  /// The form of all normalisations and their constants.
  public var normalization: Normalization
  /// The convolutions that have a bias.
  public var convolutionBias: ConvolutionBias
  /// The number that is added to the variance where every convolution's weights are standardised by output channel before use
  /// (Qiao et al. 2019, BiT); nil where they are used as they are.
  public var weightStandardization: Double?
  /// Probability of dropping an input of the head's linear layer in training.
  public var dropout: Double
  /// Probability of skipping the last block in training, growing linearly from 0 at the first.
  public var stochasticDepth: Double
  /// Probability of dropping an input of a block's last 3×3 convolution in training (Wide ResNets).
  public var blockDropout: Double
  /// The pooling that makes one vector of the last feature map.
  public var globalPool: GlobalPool
  /// The layers after the global pooling.
  public var head: Head
  /// Number of logits; without a head, of features.
  public var classes: Int
  /// The question that the logits answer.
  public var answer: Answer
  /// The maps and layers that are of 8-bit integers; nil for a network of real numbers.
  public var quantization: Quantization?

  /// An architecture from its fields; ``validate()`` checks them.
  public init(
    name: String? = nil, input: Input = Input(), stem: Stem = .conv7x7, stages: [Stage], block: Block,
    expansion: Int? = nil, firstReduction: Int = 1, groups: Int = 1, widthPerGroup: Int = 64,
    bottleneckStride: BottleneckStride = .conv2, basicStride: BasicStride = .conv1,
    shortcut: Shortcut = .projection, shortcutInput: ShortcutInput = .activated, shortcutKernel: Int = 1,
    stridePosition: StridePosition = .first, antialias: Antialias = .none, attention: Attention? = nil,
    normalization: Normalization = Normalization(), convolutionBias: ConvolutionBias = .none,
    weightStandardization: Double? = nil, dropout: Double = 0, stochasticDepth: Double = 0,
    blockDropout: Double = 0, globalPool: GlobalPool = .average, head: Head = .linear, classes: Int = 1000,
    answer: Answer = .one, quantization: Quantization? = nil
  ) {
    self.name = name
    self.input = input
    self.stem = stem
    self.stages = stages
    self.block = block
    self.expansion = expansion ?? block.defaultExpansion
    self.firstReduction = firstReduction
    self.groups = groups
    self.widthPerGroup = widthPerGroup
    self.bottleneckStride = bottleneckStride
    self.basicStride = basicStride
    self.shortcut = shortcut
    self.shortcutInput = shortcutInput
    self.shortcutKernel = shortcutKernel
    self.stridePosition = stridePosition
    self.antialias = antialias
    self.attention = attention
    self.normalization = normalization
    self.convolutionBias = convolutionBias
    self.weightStandardization = weightStandardization
    self.dropout = dropout
    self.stochasticDepth = stochasticDepth
    self.blockDropout = blockDropout
    self.globalPool = globalPool
    self.head = head
    self.classes = classes
    self.answer = answer
    self.quantization = quantization
  }
}
