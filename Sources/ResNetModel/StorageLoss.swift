import ResNetGraph
public import TensorCore

/// The distance of weights from another model's, tensor by tensor: the cost of a narrower storage type.
///
/// Every error is relative to the largest magnitude of its channel, an index of the first dimension.
public struct StorageLoss: Hashable, Sendable {
  /// The errors of one tensor.
  public struct Entry: Hashable, Sendable {
    public let name: String
    /// The type in which the tensor is stored.
    public let type: ElementType
    /// The largest error of an element.
    public let largest: Double
    /// The square root of the mean of the squared errors.
    public let rms: Double
  }

  /// The tensors that are stored in another type, in the order of the graph.
  public let entries: [Entry]

  /// The tensor with the largest error; nil when none changed its type.
  public var worst: Entry? { entries.max { $0.largest < $1.largest } }

  /// The mean of the tensors' ``Entry/rms``; 0 when none changed its type.
  public var meanRMS: Double {
    entries.isEmpty ? 0 : entries.reduce(0) { $0 + $1.rms } / Double(entries.count)
  }

  /// Compares a model's tensors with a reference's.
  ///
  /// - Precondition: both have the same parameters.
  /// - Complexity: O(number of weights).
  public init(of model: Model, from reference: Model) {
    entries = model.graph.parameters.compactMap { parameter in
      let name = parameter.name
      guard let type = model.tensors.storedType(of: name), type != reference.tensors.storedType(of: name)
      else { return nil }
      let (tensor, original) = (model.parameter(name), reference.parameter(name))
      let (largest, rms) = Self.errors(of: tensor, from: original)
      return Entry(name: name, type: type, largest: largest, rms: rms)
    }
  }

  private static func errors(of tensor: Tensor, from reference: Tensor) -> (largest: Double, rms: Double) {
    let (values, originals) = (tensor.floats, reference.floats)
    precondition(values.count == originals.count, "shapes \(tensor.shape) and \(reference.shape)")
    guard !values.isEmpty else { return (0, 0) }
    let channelSize = values.count / (tensor.shape.dimensions.first ?? 1)
    var largest = 0.0
    var squares = 0.0
    for start in stride(from: 0, to: values.count, by: channelSize) {
      var magnitude: Float = 0
      for index in start..<start + channelSize { magnitude = max(magnitude, abs(originals[index])) }
      guard magnitude > 0 else { continue }
      for index in start..<start + channelSize {
        let error = abs(Double(values[index]) - Double(originals[index])) / Double(magnitude)
        largest = max(largest, error)
        squares += error * error
      }
    }
    return (largest, (squares / Double(values.count)).squareRoot())
  }
}
