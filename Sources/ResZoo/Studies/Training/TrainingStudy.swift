import ImageInput
public import Messages
public import ModelDescriptor
import ResNetModel
public import Training

/// A study that trains several networks by one recipe and compares them, with a page of figures and a conclusion that is computed.
///
/// The trained networks stay in a folder beside the page, from which the same study, also of more networks or seeds, goes on
/// (``run(observing:shouldStop:)``). An interruption changes no number.
public struct TrainingStudy: Sendable {
  /// The subject of a study, by which its networks are compared.
  public enum Subject: Hashable, Sendable {
    /// The depth of networks of one kind (He et al. 2015, figures 1 and 6).
    case degradation
    /// Parts of a network, a question each.
    case shortcuts([ShortcutQuestion])
  }

  /// The subject.
  public let subject: Subject
  /// The networks, each of another name.
  public let networks: [StudyNetwork]
  /// The images.
  public let data: StudyData
  /// The options of each training; its seed is not used, and the weights of the last epoch are kept.
  public var recipe: TrainingOptions
  /// The seeds, with each of which every network is trained.
  public var seeds: [UInt64] = [0]
  /// The folder for the page.
  public var output: String
  /// True to discard the networks that an earlier run of the study trained.
  public var restarts = false
  /// The facts that the page tells beside those that the study knows itself.
  public var facts = StudyFacts()

  /// A study of depth.
  ///
  /// - Throws: ``TrainingError`` with ``TrainingError/Code/options`` for two networks of the same name, or none.
  public init(
    degradationOf networks: [StudyNetwork], data: StudyData, recipe: TrainingOptions = Self.recipe(),
    output: String
  ) throws(TrainingError) {
    self.subject = .degradation
    self.networks = networks
    self.data = data
    self.recipe = recipe
    self.output = output
    try Self.requireNames(networks)
  }

  /// A study of shortcuts and blocks.
  ///
  /// - Throws: ``TrainingError`` with ``TrainingError/Code/options`` for no question.
  public init(
    _ questions: [ShortcutQuestion], data: StudyData, recipe: TrainingOptions = Self.recipe(), output: String
  ) throws(TrainingError) {
    subject = .shortcuts(questions)
    var networks: [StudyNetwork] = []
    for entry in questions.flatMap(\.entries) where !networks.contains(entry.network) {
      networks.append(entry.network)
    }
    self.networks = networks
    self.data = data
    self.recipe = recipe
    self.output = output
    try Self.requireNames(networks)
  }

  private static func requireNames(_ networks: [StudyNetwork]) throws(TrainingError) {
    guard !networks.isEmpty else { throw TrainingError(.options, "there is no network to train") }
    var names: Set<String> = []
    for network in networks where !names.insert(network.fileName).inserted {
      throw TrainingError(
        .options, "two networks are named '\(network.name)'; their trained files would have the same name")
    }
  }

  /// The networks of He et al. 2015, figure 6: plain and residual, of 20 and 56 layers.
  ///
  /// - Throws: never in practice, as the presets are there.
  public static func degradationNetworks() throws(DescriptorError) -> [StudyNetwork] {
    var networks: [StudyNetwork] = []
    for name in ["cifar_plain20", "cifar_plain56", "cifar_resnet20", "cifar_resnet56"] {
      networks.append(try StudyNetwork(preset: name))
    }
    return networks
  }

  /// The recipe of He et al. 2015, section 4.2, for any number of epochs: SGD of rate 0.1 and momentum 0.9, weight decay 1e-4, batches of 128,
  /// a tenth of the rate after a half and after three quarters of the epochs, cropped and mirrored images.
  ///
  /// - Parameters:
  ///   - epochs: the passes over the images.
  ///   - networks: the networks whose usual cropping is chosen, as the first of them takes it.
  public static func recipe(epochs: Int = 20, for networks: [StudyNetwork] = []) -> TrainingOptions {
    var options = TrainingOptions()
    options.rule = .sgd(momentum: 0.9, nesterov: false)
    options.rates = LearningRates(head: 0.1)
    options.weightDecay = 1e-4
    options.batch = 128
    options.epochs = epochs
    options.augmentation =
      networks.first.map { .scratch(for: Preprocessing.usual(for: $0.architecture).record) } ?? .cifar
    let milestones = [epochs / 2, epochs * 3 / 4].filter { $0 > 0 }
    options.schedule =
      milestones.isEmpty
      ? .constant : .multistep(milestones: milestones[0] == milestones.last ? [milestones[0]] : milestones)
    return options
  }

  /// The folder in which the trained networks stay.
  public var trainingFolder: String { StudyFolder(output: output).path }

  /// Remarks on the images that a user should read.
  public var remarks: [Remark] {
    let sizes = Set(networks.map { Preprocessing.usual(for: $0.architecture).record })
    return data.remarks
      + sizes.sorted { $0.inputSize.lexicographicallyPrecedes($1.inputSize) }
      .compactMap { data.remarkOnSize($0) }
  }
}
