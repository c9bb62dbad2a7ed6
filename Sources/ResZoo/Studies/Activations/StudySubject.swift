public import ResNetModel

/// A network that a study looks at, and its name on the page.
public struct StudySubject: Sendable {
  /// The name, such as that of its file.
  public var name: String
  /// The network with its weights.
  public var model: Model

  /// A network with a name.
  public init(name: String, model: Model) {
    self.name = name
    self.model = model
  }
}
