/// Tensors by name, as float32 to compute with, and as they are stored.
///
/// A float16 or bfloat16 tensor is kept as float32 only, which gives back the stored elements bit for bit; a float64 or int8
/// tensor is kept in both forms, an int64 tensor in its own.
public struct WidenedTensors: Sendable {
  /// Every tensor as float32; int64 ones as they are.
  public private(set) var floats: [String: Tensor] = [:]
  /// The types of those that are not stored as what ``floats`` holds.
  private var types: [String: ElementType] = [:]
  /// The stored tensors that ``floats`` does not determine.
  private var originals: [String: Tensor] = [:]

  /// Widens tensors of any type.
  public init(_ stored: [String: Tensor] = [:]) {
    for (name, tensor) in stored {
      add(name, stored: tensor, floats: tensor.isFloatingPoint ? tensor.widened() : tensor)
    }
  }

  /// Adds a tensor in both forms.
  package mutating func add(_ name: String, stored: Tensor, floats: Tensor) {
    self.floats[name] = floats
    types[name] = stored.elementType == floats.elementType ? nil : stored.elementType
    let isDetermined = stored.elementType == .float16 || stored.elementType == .bfloat16
    originals[name] = types[name] == nil || isDetermined ? nil : stored
  }

  /// Takes in the tensors of others, whose names are none of these.
  package mutating func merge(_ others: WidenedTensors) {
    floats.merge(others.floats) { own, _ in own }
    types.merge(others.types) { own, _ in own }
    originals.merge(others.originals) { own, _ in own }
  }

  /// The storage type of a tensor; nil for a name that no tensor has.
  public func storedType(of name: String) -> ElementType? {
    types[name] ?? floats[name]?.elementType
  }

  /// A tensor as it is stored; nil for a name that no tensor has.
  ///
  /// - Complexity: O(number of elements) for float16 and bfloat16.
  public func stored(_ name: String) -> Tensor? {
    if let original = originals[name] { return original }
    guard let tensor = floats[name], let type = types[name] else { return floats[name] }
    do {
      return try tensor.narrowed(to: type)
    } catch {
      preconditionFailure("\(name) was \(type.rawValue) and has \(error.value) at element \(error.index)")
    }
  }
}
