/// max(x, 0).
struct ReLU: OperationDefinition {
  var name: String { "ReLU" }
  var family: OperationFamily { .activation }
}

/// 1 / (1 + exp(-x)).
struct Sigmoid: OperationDefinition {
  var name: String { "sigmoid" }
  var family: OperationFamily { .activation }
  var derivativeReads: DerivativeReads { .output }
}
