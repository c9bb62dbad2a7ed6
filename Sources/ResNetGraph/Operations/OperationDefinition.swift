package import TensorCore

/// An operation as the graph defines it: its name, its tensors, the shape of its output, and its cost.
///
/// Each operation conforms in one file. The programs that compute it (inference, training, an export) are not part of the
/// definition.
package protocol OperationDefinition: Sendable {
  /// The operation's name in tables.
  var name: String { get }
  /// The properties that set it apart from others of its name, for example `3×3, stride 2`; empty if there are none.
  var detail: String { get }
  /// The group of similar operations that it belongs to.
  var family: OperationFamily { get }
  /// Its tensors, in PyTorch's order.
  var parameters: [ParameterDefinition] { get }
  /// The operations after it that a step which begins with it can do along with it.
  var fusions: Fusions { get }
  /// The values that its derivative by its inputs is computed from.
  var derivativeReads: DerivativeReads { get }

  /// The shape of one image's output. A side of 0 or less says that the inputs are too small.
  ///
  /// - Parameter inputs: at least one, in the order in which a node names them; the images' shape for the network's input.
  func outputShape(of inputs: [FeatureShape]) throws(UnequalShapes) -> FeatureShape

  /// Multiplications with additions for one image.
  func multiplyAdds(output: FeatureShape) -> Int
}

extension OperationDefinition {
  package var detail: String { "" }
  package var parameters: [ParameterDefinition] { [] }
  package var fusions: Fusions { [] }
  /// None: the derivative is a constant, or a function of parameters alone.
  package var derivativeReads: DerivativeReads { [] }
  /// The shape of the first input.
  package func outputShape(of inputs: [FeatureShape]) throws(UnequalShapes) -> FeatureShape { inputs[0] }
  package func multiplyAdds(output: FeatureShape) -> Int { 0 }

  /// The details that are there, with commas between them.
  static func list(_ details: String?...) -> String {
    details.compactMap(\.self).joined(separator: ", ")
  }
}

/// A group of similar operations.
package enum OperationFamily: String, CaseIterable, Sendable {
  case input
  case convolution
  case linear
  case normalization
  case activation
  case pool
  case join
}

/// One tensor of an operation.
package struct ParameterDefinition {
  /// The last word of the tensor's name.
  package var suffix: String
  package var shape: Shape
  package var role: Parameter.Role
  package var initialization: Initialization
}

/// The numbers that an untrained network has in a tensor.
package enum Initialization: Hashable, Sendable {
  case zeros
  case ones
  /// Normally distributed around 0.
  case normal(deviation: Float)
  /// Uniformly distributed from -bound to bound.
  case uniform(bound: Float)
}

/// Operations that a step can do along with the one that it begins with, one after the other in this order.
package struct Fusions: OptionSet, Sendable {
  package let rawValue: Int

  package init(rawValue: Int) { self.rawValue = rawValue }

  /// A batch norm, which goes into the weights.
  package static let batchNorm = Fusions(rawValue: 1)
  /// The addition of another node's output.
  package static let addition = Fusions(rawValue: 2)
  package static let relu = Fusions(rawValue: 4)
  /// A sigmoid, if no ReLU comes first.
  package static let sigmoid = Fusions(rawValue: 8)
}

/// Values at an operation that its derivative by its inputs is computed from, so that training keeps them until then. Gradients of
/// parameters are computed from the first input as well.
package struct DerivativeReads: OptionSet, Sendable {
  package let rawValue: Int

  package init(rawValue: Int) { self.rawValue = rawValue }

  package static let input = DerivativeReads(rawValue: 1)
  package static let secondInput = DerivativeReads(rawValue: 2)
  package static let output = DerivativeReads(rawValue: 4)
}

/// Two inputs that had to be of the same shape.
package struct UnequalShapes: Error {
  package var first: FeatureShape
  package var second: FeatureShape
}
