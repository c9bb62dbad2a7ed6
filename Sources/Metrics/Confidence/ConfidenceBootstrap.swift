import TensorCore

/// Draws sets of images from those there are, as often as wanted, and gives their figures.
struct ConfidenceBootstrap {
  struct Figures {
    var expected = 0.0
    var adaptive = 0.0
    var loss = 0.0
    var brier = 0.0
  }

  private let table: ConfidenceTable
  private let bins: Int
  /// All images, the least sure first, so that a drawn set is in order of confidence without sorting.
  private let order: [Int]
  private let binOfImage: [Int]
  /// How often each image of `order` is drawn.
  private var counts: [Int]
  private var random: SplitMix64

  init(_ table: ConfidenceTable, bins: Int, seed: UInt64) {
    self.table = table
    self.bins = bins
    order = table.surestFirst.reversed()
    binOfImage = table.confidences.map { CalibrationError.bin(of: $0, among: bins) }
    counts = Array(repeating: 1, count: table.images)
    random = SplitMix64(seed: seed)
  }

  /// Draws a set and gives its figures.
  ///
  /// - Complexity: O(images).
  mutating func next() -> Figures {
    for index in counts.indices { counts[index] = 0 }
    for _ in counts.indices { counts[random.next(below: counts.count)] += 1 }
    return figures
  }

  /// The expected calibration error of the images if each were answered rightly with the probability that it is said to be.
  mutating func nextIfCalibrated() -> Double {
    var sums = Array(repeating: ConfidenceSum(), count: bins)
    for image in table.confidences.indices {
      let confidence = table.confidences[image]
      sums[binOfImage[image]].add(confidence, isRight: random.nextDouble() < confidence)
    }
    return CalibrationError(sums).expected
  }

  /// The figures of the set that was drawn; before, of all images.
  var figures: Figures {
    let images = table.images
    var figures = Figures()
    var equal = Array(repeating: ConfidenceSum(), count: bins)
    var quantiles = Array(repeating: ConfidenceSum(), count: bins)
    var (done, quantile) = (0, 0)
    for (place, image) in order.enumerated() where counts[place] > 0 {
      let count = counts[place]
      let (confidence, isRight) = (table.confidences[image], table.areRight[image])
      figures.loss += Double(count) * table.losses[image]
      figures.brier += Double(count) * table.brierScores[image]
      equal[binOfImage[image]].add(confidence, isRight: isRight, times: count)
      // Bin m has the images m · n / bins ..< (m + 1) · n / bins, rounded down.
      var left = count
      while left > 0 {
        let end = (quantile + 1) * images / bins
        let taken = min(left, end - done)
        if taken > 0 { quantiles[quantile].add(confidence, isRight: isRight, times: taken) }
        (done, left) = (done + taken, left - taken)
        if done == end, quantile + 1 < bins { quantile += 1 }
      }
    }
    figures.loss /= Double(images)
    figures.brier /= Double(images)
    figures.expected = CalibrationError(equal).expected
    figures.adaptive = CalibrationError(quantiles).expected
    return figures
  }
}

extension SplitMix64 {
  /// A number from 0 up to a limit, which it does not reach. Of a limit far below 2^64 all are equally likely, but for one part in 2^32.
  package mutating func next(below limit: Int) -> Int {
    Int(next().multipliedFullWidth(by: UInt64(limit)).high)
  }

  /// A number from 0 up to 1, which it does not reach, of 53 bits.
  package mutating func nextDouble() -> Double { Double(next() >> 11) * 0x1p-53 }
}
