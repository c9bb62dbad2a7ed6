import TensorCore
import WeightFiles

/// The comparison of a written checkpoint with its source, tensor by tensor.
public struct Fidelity: Hashable, Sendable {
  /// Tensors that were compared.
  public private(set) var tensorCount = 0
  /// Tensors in the source's type whose bits are those of the source.
  public private(set) var identicalCount = 0
  /// Tensors of float32 where the source has another type, all of whose values are exactly those of the source.
  public private(set) var exactCount = 0
  /// Tensors with values that float32 does not have; each became the nearest one.
  public private(set) var roundedTensorCount = 0
  /// Values that were rounded.
  public private(set) var roundedValueCount = 0
  /// All values of the tensors in which some were rounded.
  public private(set) var valueCount = 0
  /// The largest rounding, as a part of the value.
  public private(set) var largestRounding = 0.0
  /// The differences from the source that are no roundings, a sentence each; at most ``listLimit``.
  public private(set) var differences: [String] = []
  /// All tensors that differ.
  public private(set) var differingCount = 0

  /// Most entries of ``differences``.
  public static let listLimit = 12

  /// True if every value is that of the source, or the nearest that float32 has.
  public var isFaithful: Bool { differingCount == 0 }

  /// Compares one more tensor.
  mutating func add(_ elements: borrowing SourceElements, _ tensor: Tensor?, name: String) {
    tensorCount += 1
    // The source of integers gives the numbers that they stand for.
    let isOfIntegers = tensor?.elementType == .int8 && elements.type == .float32
    guard let tensor,
      tensor.elementType == .float32 || tensor.elementType == elements.type.elementType || isOfIntegers,
      tensor.shape.dimensions == elements.dimensions
    else {
      return addDifference("\(name) is not there as it was")
    }
    let comparison = elements.compare(with: tensor)
    if let index = comparison.firstDifference {
      addDifference("\(name) differs at element \(index)")
    } else if comparison.roundedCount > 0 {
      roundedTensorCount += 1
      roundedValueCount += comparison.roundedCount
      valueCount += tensor.shape.elementCount
      largestRounding = max(largestRounding, comparison.largestRounding)
    } else if elements.type.elementType == tensor.elementType || isOfIntegers {
      identicalCount += 1
    } else {
      exactCount += 1
    }
  }

  private mutating func addDifference(_ sentence: String) {
    differingCount += 1
    if differences.count < Self.listLimit { differences.append(sentence) }
  }

  /// The result of the comparison in one sentence.
  public var summary: String {
    guard isFaithful else {
      let more = differingCount > 1 ? " and \(differingCount - 1) more" : ""
      return "\(differingCount) of \(tensorCount) tensors differ from the source: \(differences[0])\(more)"
    }
    var parts: [String] = []
    if identicalCount > 0 { parts.append("\(identicalCount) have the same bits") }
    if exactCount > 0 { parts.append("\(exactCount) of other types are exact in float32") }
    if roundedTensorCount > 0 {
      parts.append(
        "in \(roundedTensorCount), \(roundedValueCount) of \(valueCount) values became the nearest float32, by at most "
          + "\(Self.scientific(largestRounding)) of the value")
    }
    let all = parts.isEmpty ? "" : ": " + parts.joined(separator: ", ")
    return "\(tensorCount) tensors compared with the source\(all)"
  }

  /// Two digits and a power of ten.
  private static func scientific(_ value: Double) -> String {
    guard value > 0 else { return "0" }
    var exponent = 0
    var mantissa = value
    while mantissa < 1 {
      mantissa *= 10
      exponent -= 1
    }
    var tenths = Int((mantissa * 10).rounded(.up))
    if tenths == 100 { (tenths, exponent) = (10, exponent + 1) }
    return "\(tenths / 10).\(tenths % 10)e\(exponent)"
  }
}
