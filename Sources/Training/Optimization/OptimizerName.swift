/// The optimizers by the names that a command line and a recipe give them.
public enum OptimizerName: String, RuleName {
  case sgd, adam, adamw, rmsprop, lamb

  var definition: any OptimizerDefinition.Type {
    switch self {
    case .sgd: SGD.self
    case .adam: Adam.self
    case .adamw: AdamW.self
    case .rmsprop: RMSprop.self
    case .lamb: LAMB.self
    }
  }

  /// The names of its settings.
  public var settings: [String] { definition.settings }

  /// The rates that go with it.
  public var usual: UsualRates { definition.usual }
}
