import ModelDescriptor
public import ResNetModel
public import Training

/// A network of a study after its training with one seed.
public struct StudyRun: Hashable, Sendable, Codable {
  /// The network's name.
  public var network: String
  /// The architecture as JSON, which tells it from another one of the same name.
  var architecture: String
  /// The distribution of its weights before training.
  public var initialization: Model.Initialization
  /// The seed of all of its random numbers.
  public var seed: UInt64
  /// The record of each epoch, the last one being the one that counts.
  public var epochs: [EpochRecord]
  /// The reason for an early end, when numbers were no longer finite; nil for a training with all of its epochs.
  public var failure: String?

  /// The network and the seed without epochs.
  init(_ network: StudyNetwork, classes: Int, seed: UInt64) throws(DescriptorError) {
    var architecture = network.architecture
    architecture.classes = classes
    self.network = network.name
    self.architecture = String(decoding: try architecture.json(), as: UTF8.self)
    initialization = network.initialization
    self.seed = seed
    epochs = []
  }

  /// The share of the training images of the last epoch that were wrong before their step, 0 to 1; nil for a training that failed.
  public var trainingError: Double? { failure == nil ? epochs.last.map { 1 - $0.accuracy } : nil }
  /// The share of the test images that were wrong after the last epoch, 0 to 1; nil for a training that failed.
  public var testError: Double? { failure == nil ? epochs.last?.validation.map { 1 - $0.top1 } : nil }
  /// The wall-clock time of all epochs.
  public var seconds: Double { epochs.reduce(0) { $0 + ($1.seconds.isFinite ? $1.seconds : 0) } }

  /// True if the numbers, which come from a file, are possible ones.
  var isSound: Bool {
    epochs.count <= TrainingOptions.epochLimit && (failure != nil || !epochs.isEmpty)
      && epochs.enumerated().allSatisfy { index, record in
        record.epoch == index + 1 && record.loss.isFinite && (0...1).contains(record.accuracy)
          && (0...1e9).contains(record.seconds)
          && record.validation.map { $0.loss.isFinite && (0...1).contains($0.top1) } == true
      }
  }

  /// True if both are trainings of the same network, of the same weights.
  func isSameTraining(as other: StudyRun) -> Bool {
    network == other.network && architecture == other.architecture && initialization == other.initialization
      && seed == other.seed
  }
}
