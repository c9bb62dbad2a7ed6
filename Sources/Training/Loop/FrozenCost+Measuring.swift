import Datasets
import ImageInput
import Inference
import Messages
import ModelDescriptor
import ResNetGraph
import ResNetModel
import TensorCore
import Threads

extension FrozenCost {
  /// Most images that it is measured on.
  static let imageLimit = 32
  /// Images that run together: enough for times like those of a training, and few enough that the least of several times is taken.
  private static let batch = 8

  /// Runs some images of a training, evenly spread over its set and as validation prepares them, through its frozen layers and through
  /// those of single precision.
  ///
  /// - Parameters:
  ///   - job: with a settled precision.
  ///   - boundary: the node whose output the features are.
  /// - Returns: nil where none of the images can be read, or features are all 0.
  /// - Throws: ``TrainingError`` with ``TrainingError/Code/network`` when both networks together do not fit the machine's memory.
  /// - Complexity: two runs of ``imageLimit`` images.
  init?(of job: TrainingJob, boundary: Int, pool: WorkerPool) throws(TrainingError) {
    let size = job.model.descriptor.preprocessing.inputSize
    let plain: Model
    do { plain = try job.model.dequantized() } catch { throw TrainingError(.network, "\(error)") }
    let precision = job.options.precision.inference
    var runs: [Run] = []
    for (model, precision) in [(job.model, precision), (plain, .float32)] {
      runs.append(
        Run(
          try FrozenBackbone(
            model, boundary: boundary, height: size[1], width: size[2], precision: precision,
            capacity: Self.batch, pool: pool)))
    }
    let number = min(job.training.count, Self.imageLimit)
    let order = (0..<number).map { $0 * job.training.count / number }
    let images = TrainingBatch(capacity: Self.batch, shape: runs[0].backbone.imageShape)
    var sums = (difference: 0.0, reference: 0.0)
    var count = 0
    for first in stride(from: 0, to: order.count, by: Self.batch) {
      // Any of them may be unreadable, which is for the training itself to tell.
      let loader = try BatchLoader(
        set: job.training, order: Array(order[first...].prefix(Self.batch)),
        preprocessing: job.model.descriptor.preprocessing, augmentation: .none, capacity: Self.batch,
        epoch: 1, seed: job.options.seed, workers: 0, unreadableLimit: Self.batch)
      guard let loaded = try? loader.next(into: images) else { continue }
      for index in runs.indices { runs[index].run(images) }
      for index in loaded.indices.indices {
        let part = runs[0].features.sums(of: index, against: runs[1].features)
        sums = (sums.difference + part.difference, sums.reference + part.reference)
      }
      count += loaded.indices.count
    }
    guard count > 0, sums.reference > 0 else { return nil }
    self.init(
      precision: job.options.precision, images: count,
      difference: (sums.difference / sums.reference).squareRoot(), secondsPerImage: runs[0].seconds,
      referenceSecondsPerImage: runs[1].seconds)
  }

  /// A frozen part, its last features, and its least time for an image.
  private struct Run {
    let backbone: FrozenBackbone
    let features: TrainingBatch
    private(set) var seconds = Double.infinity

    init(_ backbone: FrozenBackbone) {
      self.backbone = backbone
      features = TrainingBatch(capacity: FrozenCost.batch, shape: backbone.featureShape)
    }

    mutating func run(_ images: TrainingBatch) {
      // The first run also touches all memory for the first time.
      if seconds.isInfinite { backbone.run(images, into: features) }
      let start = ContinuousClock.now
      backbone.run(images, into: features)
      seconds = min(seconds, (ContinuousClock.now - start) / .seconds(1) / Double(images.count))
    }
  }
}

extension TrainingBatch {
  /// The sums of the squares of an input's differences from that of another batch, and of the other's numbers.
  fileprivate func sums(
    of index: Int, against other: TrainingBatch
  ) -> (difference: Double, reference: Double) {
    withInput(index) { found in
      other.withInput(index) { expected in
        var sums = (difference: 0.0, reference: 0.0)
        for place in expected.indices {
          let (value, real) = (Double(found[place]), Double(expected[place]))
          sums = (sums.difference + (value - real) * (value - real), sums.reference + real * real)
        }
        return sums
      }
    }
  }
}
