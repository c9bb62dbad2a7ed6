/// The distribution of the numbers that a node puts out.
public struct NodeStatistics: Hashable, Sendable {
  /// The number of values.
  public private(set) var count = 0
  /// The mean; nil without numbers.
  public var mean: Double? { count > 0 ? sampleMean : nil }
  /// The root of the mean square of the distances from the mean; nil without numbers.
  public var standardDeviation: Double? { count > 0 ? (squares / Double(count)).squareRoot() : nil }
  /// The mean of the numbers without their signs; nil without numbers.
  public var meanMagnitude: Double? { count > 0 ? magnitudes / Double(count) : nil }
  /// The root of the mean square; nil without numbers.
  public var rootMeanSquare: Double? {
    count > 0 ? (sampleMean * sampleMean + squares / Double(count)).squareRoot() : nil
  }
  /// The share of the numbers that are 0; nil without numbers.
  public var zeroShare: Double? { count > 0 ? Double(zeros) / Double(count) : nil }
  /// The smallest number; nil without numbers.
  public private(set) var minimum: Float?
  /// The largest number; nil without numbers.
  public private(set) var maximum: Float?
  private var sampleMean = 0.0
  /// The sum of the numbers without their signs.
  private var magnitudes = 0.0
  /// The sum of the squared distances from the mean.
  private var squares = 0.0
  private var zeros = 0

  /// Statistics of no numbers.
  init() {}

  /// Computes the statistics of numbers, in two passes.
  init(_ values: Span<Float>) {
    count = values.count
    guard count > 0 else { return }
    var sum = 0.0
    var (smallest, largest) = (values[0], values[0])
    for index in values.indices {
      let value = values[index]
      sum += Double(value)
      magnitudes += Double(value.magnitude)
      zeros += value == 0 ? 1 : 0
      smallest = min(smallest, value)
      largest = max(largest, value)
    }
    (minimum, maximum) = (smallest, largest)
    sampleMean = sum / Double(count)
    for index in values.indices {
      let distance = Double(values[index]) - sampleMean
      squares += distance * distance
    }
  }

  /// Adds the numbers of other statistics (Chan, Golub and LeVeque 1979).
  mutating func add(_ other: Self) {
    guard other.count > 0 else { return }
    guard count > 0 else {
      self = other
      return
    }
    let total = Double(count) + Double(other.count)
    let distance = other.sampleMean - sampleMean
    squares += other.squares + distance * distance * (Double(count) / total) * Double(other.count)
    sampleMean += distance * (Double(other.count) / total)
    magnitudes += other.magnitudes
    count += other.count
    zeros += other.zeros
    minimum = minimum.flatMap { mine in other.minimum.map { min(mine, $0) } }
    maximum = maximum.flatMap { mine in other.maximum.map { max(mine, $0) } }
  }
}
