public import ModelDescriptor
public import ResZoo
import Threads

/// A network in a ``ServingEngine``, with what it needs to run and the figures of its work. It stays usable until its last request is
/// answered, also when its name has gone to another network.
public final class ServedModel: Sendable {
  /// The name that requests use.
  public let name: String
  /// The network's description.
  public var descriptor: ModelDescriptor { classifier.descriptor }
  /// Channels, height and width of its input.
  public var inputExtents: [Int] { classifier.inputExtents }
  /// The numbers that it multiplies.
  public var precision: InferencePrecision { classifier.precision }
  /// The name of the numbers that its layers multiply: `int8` for a quantized network, else that of ``precision``.
  public var arithmetic: String { classifier.arithmetic }
  /// The figures of its work so far.
  public let statistics = ModelStatistics()
  let classifier: Classifier
  /// Seconds of processors that the model has had, for the choice between models.
  private let time = Locked(0.0)
  private let lanes = Locked<[LaneKind: [ClassifierLane]]>([:])

  /// The size of a lane.
  struct LaneKind: Hashable, Sendable {
    var threads: Int
    var capacity: Int
  }

  /// - Precondition: the classifier takes one view of each image.
  public init(name: String, _ classifier: Classifier) {
    self.name = name
    self.classifier = classifier
  }

  /// Seconds of processors that the model has had.
  var usedTime: Double { time.withLock { $0 } }

  /// Adds what the model had.
  func addUsedTime(_ seconds: Double) { time.withLock { $0 += seconds } }

  /// Makes it at least as much as others had that were busy.
  func raiseUsedTime(to seconds: Double) { time.withLock { $0 = max($0, seconds) } }

  /// Lends a lane; those that were lent before are used again.
  func withLane<Value>(
    _ kind: LaneKind, _ body: (ClassifierLane) -> Value
  ) throws(ClassificationError) -> Value {
    let lane: ClassifierLane
    if let kept = lanes.withLock({ $0[kind]?.popLast() }) {
      lane = kept
    } else {
      lane = try ClassifierLane(classifier, capacity: kind.capacity, threads: kind.threads)
    }
    defer { lanes.withLock { $0[kind, default: []].append(lane) } }
    return body(lane)
  }
}
