/// An optimizer with its settings: how gradients change weights. Each is defined as PyTorch's or timm's of the same name, in a file
/// of its own that also makes values of it (``sgd(momentum:nesterov:)``, ``adamw(beta1:beta2:epsilon:)``, …).
public struct UpdateRule: Hashable, Sendable {
  let definition: any OptimizerDefinition

  init(_ definition: any OptimizerDefinition) { self.definition = definition }

  /// An optimizer with some of its settings, which are named as in ``OptimizerName/settings``; the others have their usual values.
  ///
  /// - Throws: ``TrainingError`` with ``TrainingError/Code/options`` for a setting that cannot be read, or is none of this optimizer.
  public init(_ name: OptimizerName, settings: [String: String] = [:]) throws(TrainingError) {
    var settings = RuleSettings(settings, of: name)
    definition = try name.definition.init(&settings)
    try settings.requireNoOthers()
  }

  /// The optimizer's name.
  public var name: OptimizerName { type(of: definition).name }

  /// The name and the settings as a recipe has them.
  var recipe: [String: String] {
    definition.recipe.merging(["optimizer": name.rawValue]) { own, _ in own }
  }

  public static func == (a: Self, b: Self) -> Bool { AnyHashable(a.definition) == AnyHashable(b.definition) }

  public func hash(into hasher: inout Hasher) { hasher.combine(AnyHashable(definition)) }
}

/// The definition of an optimizer: all that the checks, the recipe, the state of a training and its steps need to know of it. A new
/// one is a type in `Rules`, an entry in ``OptimizerName``, its passes in `updates.inc.h`, and options for new settings in the command.
protocol OptimizerDefinition: Hashable, Sendable {
  static var name: OptimizerName { get }
  /// The names of its settings: PyTorch's, with hyphens.
  static var settings: [String] { get }
  static var usual: UsualRates { get }

  /// Takes the settings that are given, and the usual values for the others.
  init(_ settings: inout RuleSettings) throws(TrainingError)

  /// - Throws: ``TrainingError`` with ``TrainingError/Code/options`` that names the first setting out of its range.
  func validate() throws(TrainingError)

  /// The settings as a recipe has them.
  var recipe: [String: String] { get }
  /// The names of the arrays that it keeps from step to step, each as long as the weights.
  var memories: [String] { get }

  /// Changes the weights by their gradients.
  func step(_ step: UpdateStep)
}

/// The learning rates and the weight decay that go with an optimizer where none are asked for.
public struct UsualRates: Hashable, Sendable {
  /// The rate of a training from scratch.
  public var scratch: Double
  /// The rates of fine-tuning.
  public var finetuning: LearningRates
  /// The weight decay of fine-tuning.
  public var finetuningDecay: Double
}
