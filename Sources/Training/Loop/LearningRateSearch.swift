import Datasets
import Kernels
import Messages
import ModelDescriptor
import Platform
import ResNetModel
import Threads

/// The range test: the learning rate grows exponentially from step to step until the loss explodes (Smith 2015).
public struct LearningRateSearch: Hashable, Sendable {
  /// The result of one step.
  public struct Point: Hashable, Sendable {
    /// The learning rate of the head.
    public var rate: Double
    /// The loss of the batch of the step.
    public var loss: Double
    /// The mean of the losses so far, in which older losses count less.
    public var smoothed: Double
  }

  /// The steps that were done, in order.
  public let points: [Point]
  /// The rate around which the smoothed loss fell fastest, on a logarithmic axis of rates; nil when the fall was no larger than the
  /// differences between batches, or there were fewer than ``fewestSteps``: the smoothed loss then lags far behind.
  public let suggestion: Double?
  /// The rate with the lowest smoothed loss.
  public let lowest: Double?
  /// True if the loss exploded before the last step.
  public let exploded: Bool
  /// The fewest steps from the first to the last rate after which one can be suggested: ten for each decade of rates, and 40.
  public let fewestSteps: Int

  /// Runs the test; no file is written.
  ///
  /// - Parameters:
  ///   - job: the training; its schedule, epochs and output do not count.
  ///   - rates: the first and last learning rate of the head; the rate of the backbone keeps its ratio to it.
  ///   - steps: the number of steps, at least 2.
  ///   - onStep: gets the number of steps done; returns true to stop.
  /// - Throws: ``TrainingError``.
  public init(
    _ job: TrainingJob, rates: ClosedRange<Double> = 1e-7...10, steps: Int = 100, onStep: (Int) -> Bool
  ) throws(TrainingError) {
    guard steps >= 2, rates.lowerBound > 0, rates.upperBound.isFinite, rates.lowerBound < rates.upperBound
    else {
      throw TrainingError(
        .options,
        "\(steps) steps from \(rates.lowerBound) to \(rates.upperBound); give two steps or more, and rates above 0"
      )
    }
    var job = job
    try job.settlePrecision()
    try job.validate()
    let pool = WorkerPool(threads: job.options.threads)
    let engine = try job.engine(epoch: 1, pool: pool)
    let feed = InputFeed(
      job.training, preprocessing: job.model.descriptor.preprocessing,
      augmentation: job.options.augmentation, options: job.options)
    feed.setBackbone(try job.backbone(of: engine.network, pool: pool))
    let batch = TrainingBatch(capacity: job.options.batch, shape: engine.network.inputShape)
    var curve = Curve()
    var epoch = 0
    var inputs: (any InputSource)?
    while curve.points.count < steps {
      if try inputs?.next(into: batch) == nil {
        epoch += 1
        let order = job.options.order.indices(of: job.training, seed: job.options.seed, epoch: epoch)
        inputs = try feed.open(order: order, epoch: epoch)
        continue
      }
      let done = curve.points.count
      job.options.mixing.apply(to: batch, seed: job.options.seed, step: done)
      let rate = rates.value(at: Double(done) / Double(steps - 1))
      let outcome = engine.step(
        batch, rates: job.options.rates.scaled(by: rate / job.options.rates.head),
        randomness: job.randomness(step: done))
      guard outcome.isFinite, curve.add(outcome.metrics.loss, rate: rate) else {
        curve.exploded = true
        break
      }
      if onStep(done + 1) { break }
    }
    points = curve.points
    exploded = curve.exploded
    lowest = points.min { $0.smoothed < $1.smoothed }?.rate
    fewestSteps = max(40, Int((10 * (log10(rates.upperBound) - log10(rates.lowerBound))).rounded()))
    suggestion = steps < fewestSteps ? nil : Self.steepest(points)
  }

  /// The rate around which the smoothed loss falls most, before its minimum. In the first quarter hardly anything is learned, so it
  /// shows how much losses differ from batch to batch: a fall that is no larger means nothing.
  static func steepest(_ points: [Point]) -> Double? {
    let first = points.prefix(max(3, points.count / 4)).map(\.loss)
    let mean = first.reduce(0, +) / Double(first.count)
    let deviation =
      (first.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(first.count)).squareRoot()
    let settled = points.indices.dropFirst(first.count / 2)
    guard let end = settled.min(by: { points[$0].smoothed < points[$1].smoothed }),
      mean - points[end].smoothed > deviation
    else { return nil }
    let reach = max(1, points.count / 20)
    var best: (fall: Double, rate: Double)?
    for index in settled.dropFirst(reach) where index + reach <= end {
      let fall = points[index - reach].smoothed - points[index + reach].smoothed
      if fall > best?.fall ?? 0 { best = (fall, points[index].rate) }
    }
    return best?.rate
  }

  /// The points so far.
  private struct Curve {
    var points: [Point] = []
    var exploded = false
    private var mean = 0.0
    private var weight = 1.0
    private var lowest = Double.infinity

    init() {}

    /// - Returns: false when the loss is four times the lowest, or more.
    mutating func add(_ loss: Double, rate: Double) -> Bool {
      mean = 0.9 * mean + 0.1 * loss
      weight *= 0.9
      let smoothed = mean / (1 - weight)
      points.append(Point(rate: rate, loss: loss, smoothed: smoothed))
      lowest = min(lowest, smoothed)
      return points.count < 5 || smoothed < 4 * lowest
    }
  }
}

extension ClosedRange<Double> {
  /// The number at a share of the way, when every step multiplies by the same factor.
  fileprivate func value(at share: Double) -> Double {
    exp(log(lowerBound) + (log(upperBound) - log(lowerBound)) * share)
  }
}
