/// A network's answer to one input that a seed gives, so that another machine or version can be held against it
/// (NETWORK §6.2).
public struct GoldenTrace: Hashable, Sendable {
  /// The seed of the input's random numbers.
  public var seed: UInt64
  /// Channels, height and width of the input.
  public var inputSize: [Int]
  /// The answer, one logit for each class.
  public var logits: [Float]

  /// The most that a replayed logit may be off, over the largest magnitude of the recorded ones.
  public static let tolerance = 1e-4

  /// As ``tolerance``, of a quantized network: values next to the middle of two integers may be rounded to either.
  public static let quantizedTolerance = 1e-2

  /// The tolerance for a network of that architecture.
  public static func tolerance(for architecture: Architecture) -> Double {
    architecture.quantization == nil ? tolerance : quantizedTolerance
  }

  /// A trace from its fields.
  public init(seed: UInt64, inputSize: [Int], logits: [Float]) {
    self.seed = seed
    self.inputSize = inputSize
    self.logits = logits
  }

  /// The deviation of logits from the recorded ones: the largest difference over the largest recorded magnitude.
  ///
  /// - Returns: infinity where there is no such figure, as for NaN or another number of logits.
  public func deviation(of others: [Float]) -> Double {
    guard others.count == logits.count else { return .infinity }
    var (difference, magnitude) = (0.0, 0.0)
    for (logit, other) in zip(logits, others) {
      let distance = (Double(logit) - Double(other)).magnitude
      difference = distance.isNaN ? .infinity : max(difference, distance)
      magnitude = max(magnitude, Double(logit.magnitude))
    }
    return difference == 0 ? 0 : difference / magnitude
  }

  /// Checks the fields against the network that the trace is of.
  func validate(for architecture: Architecture) throws(DescriptorError) {
    guard inputSize.count == 3, inputSize[0] == architecture.input.channels,
      inputSize[1...].allSatisfy({ (1...65536).contains($0) }),
      inputSize[1] * inputSize[2] <= Preprocessing.inputPixelLimit
    else {
      throw DescriptorError(
        .contradiction, field: "trace.input_size",
        "\(inputSize) is no input of a network of \(architecture.input.channels) channels")
    }
    guard logits.count == architecture.classes else {
      throw DescriptorError(
        .contradiction, field: "trace.logits", "\(logits.count) logits for \(architecture.classes) classes")
    }
    if let index = logits.firstIndex(where: { !$0.isFinite }) {
      throw DescriptorError(
        .outOfRange, field: "trace.logits[\(index)]", "it is not finite as a float of 32 bits")
    }
  }
}

extension GoldenTrace: Codable {
  public init(from decoder: any Decoder) throws {
    let fields = try FieldReader(decoder, known: ["seed", "input_size", "logits"])
    // Binary64 first, as every number of a document (FORMAT §3.2).
    let logits: [Double] = try fields.numbers("logits")
    self.init(
      seed: try fields.required("seed"), inputSize: try fields.required("input_size"),
      logits: logits.map { Float($0) })
  }

  public func encode(to encoder: any Encoder) throws {
    var fields = encoder.container(keyedBy: FieldName.self)
    try fields.encode(seed, forKey: FieldName("seed"))
    try fields.encode(inputSize, forKey: FieldName("input_size"))
    try fields.encode(logits, forKey: FieldName("logits"))
  }
}
