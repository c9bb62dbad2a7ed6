public import ModelDescriptor
public import PublishedModels

/// What the caller of an import decides, whatever the source says.
public struct ImportOptions: Sendable {
  /// Takes the place of the source's architecture. Its number of classes is that of the weights unless
  /// ``classes`` says otherwise.
  public var architecture: Architecture?
  /// The number of classes that the weights must have; nil takes what they have.
  public var classes: Int?
  /// The classes' names, in the order of the logits.
  public var labels: [String]?
  /// What images go through, whatever the source says.
  public var preprocessing: Preprocessing?
  /// Where in a training checkpoint the weights are, for example `model_ema`; nil looks in the usual places.
  public var stateDictKey: String?
  /// What is published about the file; nil looks its name up in the library's own index. The source's own records come before
  /// it.
  public var published: PublishedWeights?

  /// Options; none decides anything by default.
  public init(
    architecture: Architecture? = nil, classes: Int? = nil, labels: [String]? = nil,
    preprocessing: Preprocessing? = nil, stateDictKey: String? = nil, published: PublishedWeights? = nil
  ) {
    self.architecture = architecture
    self.classes = classes
    self.labels = labels
    self.preprocessing = preprocessing
    self.stateDictKey = stateDictKey
    self.published = published
  }
}
