public import ImageInput
public import TensorCore

/// A map that says which places of an image an answer rests on.
public struct Explanation: Sendable {
  /// A sum that must come out, and did so far.
  public struct Check: Hashable, Sendable {
    /// The sums that methods promise.
    public enum Kind: String, Hashable, Sendable {
      /// The map's sum and the bias are the explained number.
      case logit
      /// The map's sum is the explained number less that of the baseline.
      case gain
    }

    /// The promise.
    public let kind: Kind
    /// The number that should come out.
    public let expected: Double
    /// The number that came out.
    public let found: Double
    /// The number that is added to the map's sum: the bias; 0 for a gain.
    public let addend: Double
    /// Derivatives that were computed; 0 where none are.
    public let steps: Int

    /// The distance of both numbers.
    public var difference: Double { found - expected }
    /// The distance as a share of the number that should come out.
    public var relativeDifference: Double {
      expected == 0 ? difference.magnitude : (difference / expected).magnitude
    }
  }

  /// The explained answer.
  public let answer: ExplainedAnswer
  /// The explained number: a logit, or a difference of two.
  public let value: Double
  /// The map, float32 [height, width], as computed: neither scaled nor cut at 0.
  public let map: Tensor
  /// The sum that the method promises; nil where it promises none.
  public let check: Check?

  /// The smallest number of the map.
  public var minimum: Float { extremes.low }
  /// The largest number of the map.
  public var maximum: Float { extremes.high }
  /// False if no place speaks for the answer: no number of the map is above 0.
  public var hasEvidence: Bool { extremes.high > 0 }

  /// Rows of the map.
  public var height: Int { map.shape.dimensions[0] }
  /// Columns of the map.
  public var width: Int { map.shape.dimensions[1] }

  private let extremes: (low: Float, high: Float)

  init(answer: ExplainedAnswer, value: Double, _ computed: ComputedMap) {
    self.answer = answer
    self.value = value
    map = Tensor(shape: Shape([computed.height, computed.width]), floats: computed.values.map { Float($0) })
    check = computed.check
    var (low, high) = (Float.infinity, -Float.infinity)
    for value in computed.values {
      low = min(low, Float(value))
      high = max(high, Float(value))
    }
    extremes = (low, high)
  }
}

/// All that explains the answers to one image.
public struct ImageExplanation: Sendable {
  /// The image as the network saw it, before normalisation.
  public let image: PreparedImage
  /// The likeliest classes, and after them those that are explained and less likely.
  public let top: [Prediction]
  /// A map for each answer.
  public let maps: [Explanation]
}

/// A map as a method computes it.
struct ComputedMap {
  /// [height][width]
  var values: [Double]
  var height: Int
  var width: Int
  var check: Explanation.Check?
}
