/// The fusions that a program can run.
package enum FusionPolicy: Sendable {
  /// All of them.
  case inference
  /// All except fusions into convolutions and linear layers, which stay alone: a trained norm is no constant that weights
  /// could take in, and their backward passes begin with the gradient of the bare product.
  case training

  func fusions(of definition: any OperationDefinition) -> Fusions {
    switch (self, definition.family) {
    case (.training, .convolution), (.training, .linear): []
    default: definition.fusions
    }
  }
}
