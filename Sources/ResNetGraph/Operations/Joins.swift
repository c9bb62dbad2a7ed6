/// The sum of two inputs of the same shape.
struct Addition: OperationDefinition {
  var name: String { "add" }
  var family: OperationFamily { .join }
  var fusions: Fusions { .relu }

  func outputShape(of inputs: [FeatureShape]) throws(UnequalShapes) -> FeatureShape {
    guard inputs[0] == inputs[1] else { throw UnequalShapes(first: inputs[0], second: inputs[1]) }
    return inputs[0]
  }
}

/// Half the sum of two inputs of the same shape.
struct MeanOfTwo: OperationDefinition {
  var name: String { "mean of two" }
  var family: OperationFamily { .join }
}

/// The channels of the first input, then those of the second.
struct Concatenation: OperationDefinition {
  var name: String { "concatenate" }
  var family: OperationFamily { .join }

  func outputShape(of inputs: [FeatureShape]) -> FeatureShape {
    var shape = inputs[0]
    shape.channels += inputs[1].channels
    return shape
  }
}

/// Each channel of the first input times its number in the second.
struct ChannelScale: OperationDefinition {
  var name: String { "scale channels" }
  var family: OperationFamily { .join }
  var fusions: Fusions { [.addition, .relu] }
  var derivativeReads: DerivativeReads { [.input, .secondInput] }
}
