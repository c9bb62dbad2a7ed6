/// The mean over height and width.
struct GlobalAveragePool: OperationDefinition {
  var name: String { "global average pool" }
  var family: OperationFamily { .pool }

  func outputShape(of inputs: [FeatureShape]) -> FeatureShape {
    FeatureShape(channels: inputs[0].channels, height: 1, width: 1)
  }
}

/// The maximum over height and width.
struct GlobalMaxPool: OperationDefinition {
  var name: String { "global max pool" }
  var family: OperationFamily { .pool }

  func outputShape(of inputs: [FeatureShape]) -> FeatureShape {
    FeatureShape(channels: inputs[0].channels, height: 1, width: 1)
  }
}
