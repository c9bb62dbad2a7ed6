/// How gradients change weights. Each rule is defined as PyTorch's optimizer of the same name.
public enum UpdateRule: Hashable, Sendable {
  /// Stochastic gradient descent; with Nesterov's momentum if asked for (Sutskever et al. 2013).
  case sgd(momentum: Double, nesterov: Bool)
  /// Adam (Kingma and Ba 2014); weight decay is added to the gradients.
  case adam(beta1: Double = 0.9, beta2: Double = 0.999, epsilon: Double = 1e-8)
  /// Adam with decoupled weight decay (Loshchilov and Hutter 2017): weights shrink by rate · decay in each step.
  case adamw(beta1: Double = 0.9, beta2: Double = 0.999, epsilon: Double = 1e-8)

  /// What the command line and PyTorch call it, in lower case.
  public var name: String {
    switch self {
    case .sgd: "sgd"
    case .adam: "adam"
    case .adamw: "adamw"
    }
  }

  /// The names of what the rule remembers of each weight.
  var memories: [String] {
    switch self {
    case .sgd(let momentum, _): momentum == 0 ? [] : ["velocity"]
    case .adam, .adamw: ["first_moment", "second_moment"]
    }
  }
}

/// Numbers of the flat array of weights that are updated alike.
public struct ParameterSlice: Hashable, Sendable {
  /// The tensor's name in the graph.
  public var name: String
  /// Its elements in the flat array.
  public var range: Range<Int>
  /// Whether it has the head's learning rate.
  public var isHead: Bool
  /// Whether weight decay shrinks it.
  public var decays: Bool

  /// A slice from its fields.
  public init(name: String, range: Range<Int>, isHead: Bool, decays: Bool) {
    self.name = name
    self.range = range
    self.isHead = isHead
    self.decays = decays
  }
}

/// The learning rates of one step.
public struct LearningRates: Hashable, Sendable {
  /// Of the layers behind the global pooling.
  public var head: Double
  /// Of everything else.
  public var backbone: Double

  /// A rate for each, or one for both.
  public init(head: Double, backbone: Double? = nil) {
    self.head = head
    self.backbone = backbone ?? head
  }

  /// Both times a factor.
  func scaled(by factor: Double) -> LearningRates {
    LearningRates(head: head * factor, backbone: backbone * factor)
  }
}
