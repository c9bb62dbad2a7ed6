public import ImageInput
package import Metrics
public import ResZoo

/// Rows for a model: what goes in, and how urgent it is.
public struct InferenceRequest: Sendable {
  /// The inputs of a request. Each row gets an answer of its own, which does not depend on the others.
  public enum Input: Sendable {
    /// Image files: JPEG, PNG and whatever else the project reads.
    case images([[UInt8]])
    /// Tensors that are preprocessed already, [rows, channels, height, width], one row behind the other.
    case tensors([Float], rows: Int)
  }

  /// The inputs.
  public var input: Input
  /// 1 is the most urgent, 2 the next; 0 is the usual.
  public var priority: Int
  /// The moment after which no row is begun; nil for never.
  public var deadline: ContinuousClock.Instant?
  /// The answer of which a map is wanted, for images alone; nil for none.
  public var explained: Explained?

  /// An answer to be explained.
  public enum Explained: Hashable, Sendable {
    /// The likeliest answer to each image.
    case likeliest
    /// The same answer to every image.
    case answer(ExplainedAnswer)
  }

  /// A request.
  public init(_ input: Input, priority: Int = 0, deadline: ContinuousClock.Instant? = nil) {
    self.input = input
    self.priority = priority
    self.deadline = deadline
  }

  /// The number of rows.
  public var rowCount: Int {
    switch input {
    case .images(let images): images.count
    case .tensors(_, let rows): rows
    }
  }

  /// The bytes that the request takes while it waits: its inputs, and the place of each row's answer.
  public var byteCount: Int {
    let inputs =
      switch input {
      case .images(let images): images.reduce(0) { $0 + $1.count }
      case .tensors(let values, _): values.count * MemoryLayout<Float>.stride
      }
    let (places, overflow) = rowCount.multipliedReportingOverflow(by: Self.rowByteCount)
    return overflow ? .max : inputs + places
  }

  /// Most rows of a request.
  package static let rowLimit = 4096
  /// Bytes that a row takes beside its input, until it has an answer.
  private static let rowByteCount = 512
}

/// The answer to a request.
public struct InferenceAnswer: Sendable {
  /// The answer to one row.
  public struct Row: Sendable {
    package let scores: Scores
    /// The properties of the image; nil for a tensor.
    public let image: ImageInfo?
    /// The image as the network saw it, and the map that was asked for; nil for none.
    package var explained: (image: PreparedImage, map: Explanation)?

    /// The output of the network for each class.
    public var logits: [Float] { scores.logits }
    /// The probability of each class, 0…1.
    public var probabilities: [Double] { scores.probabilities }
  }

  /// An answer or an error for each row.
  public var rows: [Result<Row, ImageError>]
  /// The times of its stages.
  public var times: RequestTimes
}

/// The times of a request's stages. Where a request's rows ran in several batches, those of the batches are added up.
public struct RequestTimes: Hashable, Sendable {
  /// From its arrival until its first row was taken.
  public var queue = Duration.zero
  /// Decoding and preprocessing of the batches that it was in.
  public var input = Duration.zero
  /// The network's runs.
  public var run = Duration.zero
  /// Reading the scores.
  public var output = Duration.zero
  /// From its arrival until its last row had an answer.
  public var whole = Duration.zero
}
