import CImageCodecs

/// The source pixels that make each output pixel along one axis, and their weights.
struct ResampleWeights {
  /// First source pixel of each output pixel.
  private(set) var starts: [Int32] = []
  /// Number of source pixels of each output pixel, from 1 to ``stride``.
  private(set) var lengths: [Int32] = []
  /// [outputs][stride] fixed-point weights, of which the first `lengths[i]` of a row count.
  private(set) var weights: [Int32] = []
  /// Weights of one output pixel in ``weights``.
  private(set) var stride = 0
  /// Source pixels that any of the outputs needs.
  private(set) var sourceRange = 0..<0

  private var window: [Double] = []

  /// Computes the outputs of `range` when an axis of `sourceSize` pixels becomes one of `targetSize`.
  ///
  /// The order of the double-precision operations is Pillow's, so that the weights are its weights to the bit.
  mutating func compute(sourceSize: Int, targetSize: Int, range: Range<Int>, filter: ResampleFilter) {
    let scale = Double(sourceSize) / Double(targetSize)
    let filterScale = max(scale, 1)
    let support = filter.support * filterScale
    let inverse = 1 / filterScale
    stride = Int(support.rounded(.up)) * 2 + 1

    starts.removeAll(keepingCapacity: true)
    lengths.removeAll(keepingCapacity: true)
    weights.removeAll(keepingCapacity: true)
    weights.reserveCapacity(range.count * stride)
    for output in range {
      let center = (Double(output) + 0.5) * scale
      let first = max(Int(center - support + 0.5), 0)
      let end = min(Int(center + support + 0.5), sourceSize)
      appendWindow(first..<end, center: center, inverse: inverse, filter: filter)
    }
    sourceRange = outerRange
  }

  private mutating func appendWindow(
    _ sources: Range<Int>, center: Double, inverse: Double, filter: ResampleFilter
  ) {
    window.removeAll(keepingCapacity: true)
    var sum = 0.0
    for index in 0..<sources.count {
      let weight = filter.weight(at: (Double(index + sources.lowerBound) - center + 0.5) * inverse)
      window.append(weight)
      sum += weight
    }
    starts.append(Int32(sources.lowerBound))
    lengths.append(Int32(sources.count))
    let one = Double(1 << RZ_RESAMPLE_BITS)
    for weight in window {
      let scaled = (sum != 0 ? weight / sum : weight) * one
      weights.append(Int32(scaled < 0 ? scaled - 0.5 : scaled + 0.5))
    }
    weights.append(contentsOf: repeatElement(0, count: stride - sources.count))
  }

  /// Counts source pixels from `origin` on: the source is the part that begins there.
  mutating func rebase(to origin: Int) {
    for index in starts.indices { starts[index] -= Int32(origin) }
  }

  /// The windows' ends move monotonically with the outputs.
  private var outerRange: Range<Int> {
    guard let first = starts.first, let last = starts.last, let length = lengths.last else { return 0..<0 }
    return Int(first)..<Int(last + length)
  }
}
