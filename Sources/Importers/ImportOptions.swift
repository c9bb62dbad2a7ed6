public import ModelDescriptor
public import PublishedModels

/// The caller's decisions about an import, which go before the source's statements.
public struct ImportOptions: Sendable {
  /// Takes the place of the source's architecture. Its number of classes is that of the weights unless
  /// ``classes`` says otherwise.
  public var architecture: Architecture?
  /// Values for properties that weights do not show. They hold for the caller's architecture as well as for the source's.
  public var settings: [Architecture.Setting]
  /// The number of classes that the weights must have, or of a new head where they have none; nil takes what they have.
  public var classes: Int?
  /// The classes' names, in the order of the logits.
  public var labels: [String]?
  /// The preparation of images; nil takes the source's, or the usual one.
  public var preprocessing: Preprocessing?
  /// The place of the weights in a training checkpoint, for example `model_ema`; nil looks in the usual places.
  public var stateDictKey: String?
  /// The beginning of the names of the network's tensors, where a source has several networks; nil looks for them.
  public var prefix: String?
  /// True to make a network of real numbers of a quantized one: its weights are the integers times their scales, and no map is rounded.
  public var dequantize = false
  /// Changes of tensors' names before anything else is read from them, in this order.
  public var renamings: [Renaming] = []
  /// The publisher's statements about the file; nil looks its name up in the library's own index. The source's own records come before
  /// it.
  public var published: PublishedWeights?

  /// Options; none decides anything by default.
  public init(
    architecture: Architecture? = nil, settings: [Architecture.Setting] = [], classes: Int? = nil,
    labels: [String]? = nil, preprocessing: Preprocessing? = nil, stateDictKey: String? = nil,
    prefix: String? = nil, renamings: [Renaming] = [], published: PublishedWeights? = nil,
    dequantize: Bool = false
  ) {
    self.architecture = architecture
    self.settings = settings
    self.classes = classes
    self.labels = labels
    self.preprocessing = preprocessing
    self.stateDictKey = stateDictKey
    self.prefix = prefix
    self.renamings = renamings
    self.published = published
    self.dequantize = dequantize
  }
}
