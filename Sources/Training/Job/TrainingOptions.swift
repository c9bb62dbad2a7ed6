public import Datasets
public import ImageInput

/// How a network is trained. The defaults ask for nothing but plain stochastic gradient descent.
public struct TrainingOptions: Hashable, Sendable {
  /// Parts that begin to train later than the others.
  public struct Unfreezing: Hashable, Sendable {
    /// The parts that train from then on, besides those that trained before.
    public var selection: LayerSelection
    /// The first epoch in which it trains, from 1.
    public var epoch: Int

    /// Parts and their epoch.
    public init(selection: LayerSelection, epoch: Int) {
      self.selection = selection
      self.epoch = epoch
    }
  }

  /// The parts that train from the first epoch on.
  public var selection = LayerSelection.all
  /// The parts that begin to train later.
  public var unfreezings: [Unfreezing] = []
  /// The optimizer.
  public var rule = UpdateRule.sgd(momentum: 0.9, nesterov: false)
  /// The rates that the schedule's factors multiply.
  public var rates = LearningRates(head: 0.1)
  /// The factor of weight decay.
  public var weightDecay = 0.0
  /// True if weight decay leaves norms and biases alone.
  public var exemptsNormsAndBiases = false
  /// The greatest norm of all gradients; nil for any.
  public var clipping: Double?
  /// The share that the average of the weights keeps of itself in each step; nil for no average.
  public var averaging: Double?
  /// The images of a step.
  public var batch = 128
  /// The most times that the set is gone through.
  public var epochs = 30
  /// The most steps; the last epoch may then be a part of one.
  public var maxSteps: Int?
  /// The curve of the learning rate.
  public var schedule = Schedule.Kind.constant
  /// The epochs in which the rate grows; a fraction is possible.
  public var warmupEpochs = 0.0
  /// The loss that is minimised; nil for cross-entropy, or bce where the network answers several classes at once, or yes or no.
  public var lossName: LossName?
  /// The settings of the loss: label smoothing, and for cross-entropy the weights of classes.
  public var loss = CrossEntropy()
  /// For bce, the weight of the images that have a class; nil for 1.
  public var positiveWeight: PositiveWeight?
  /// True if each class counts in the loss as much as if all had equally many images.
  public var balancesLoss = false
  /// The order of each epoch.
  public var order = EpochOrder.shuffled
  /// The random changes of images.
  public var augmentation = Augmentation.none
  /// The mixing of the inputs of a step; features of frozen parts are mixed by mixup alone.
  public var mixing = BatchMixing.none
  /// The numbers that are multiplied.
  public var precision = TrainingPrecision.float32
  /// The cache of features of frozen parts; nil to compute them in each epoch.
  public var cache: FeatureCacheOptions?
  /// Augmented versions of each image whose features are kept and taken in turn; nil for new versions in each epoch, whose
  /// features are not kept. Without augmentation there is one.
  public var views: Int?
  /// The metric by which the best epoch is found.
  public var metric = EarlyStopping.Metric.accuracy
  /// Epochs without a better one after which training ends; nil for never.
  public var patience: Int?
  /// Most images of an epoch that may be unreadable and are left out; nil for a tenth, but at least 10.
  public var unreadableLimit: Int?
  /// The number that all random numbers start from.
  public var seed: UInt64 = 0
  /// Processors to use; 0 for all. It changes no result.
  public var threads = 0
  /// Threads that decode images; they change no result either.
  public var workers = 2
  /// Most epochs of a training.
  public static let epochLimit = 5000

  /// The defaults.
  public init() {}
}
