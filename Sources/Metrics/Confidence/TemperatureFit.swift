import Platform

/// The temperature at which images' own classes are likeliest together (Guo et al. 2017): the least mean cross-entropy of softmax(z / T).
///
/// In β = 1 / T that mean is convex, so there is one best temperature at most. Its derivative is the mean of Σₖ pₖ zₖ − z_y.
package enum TemperatureFit {
  /// A search without a result.
  package enum Failure: Error, Hashable, Sendable {
    /// Every image's own class has the largest logit, or nearly so: the surer, the better, without end.
    case noMistakes
    /// The logits say less of the classes than nothing would: the less sure, the better, without end.
    case noKnowledge
  }

  /// The best temperature of some images.
  ///
  /// - Parameters:
  ///   - table: the logits.
  ///   - images: positions of images in the table; there is one at least.
  ///   - range: the temperatures among which one is looked for.
  /// - Complexity: O(images · classes) for each of about ten steps.
  package static func temperature(
    of table: LogitTable, images: some Collection<Int>, in range: ClosedRange<Double>
  ) throws(Failure) -> Double {
    var (low, high) = (1 / range.upperBound, 1 / range.lowerBound)
    guard slope(at: low, table, images).first < 0 else { throw .noKnowledge }
    guard slope(at: high, table, images).first > 0 else { throw .noMistakes }
    // Newton's method; where a step leaves the interval that has the root, the interval is halved instead, by its logarithm.
    var place = min(max(1, low), high)
    for _ in 0..<200 {
      let (first, second) = slope(at: place, table, images)
      if first == 0 { break }
      if first < 0 { low = place } else { high = place }
      let step = second > 0 ? place - first / second : .nan
      let next = step > low && step < high ? step : (low * high).squareRoot()
      let change = (next - place).magnitude
      place = next
      if change <= 1e-13 * place { break }
    }
    return 1 / place
  }

  /// The first two derivatives of the mean cross-entropy at β.
  private static func slope(
    at beta: Double, _ table: LogitTable, _ images: some Collection<Int>
  ) -> (first: Double, second: Double) {
    var (first, second) = (0.0, 0.0)
    for image in images {
      let row = table.row(image)
      let largest = Double(row.max() ?? 0)
      var (sum, mean, square) = (0.0, 0.0, 0.0)
      for logit in row {
        let below = Double(logit) - largest
        let weight = exp(beta * below)
        sum += weight
        mean += weight * below
        square += weight * below * below
      }
      mean /= sum
      first += mean - (Double(row[row.startIndex + table.truths[image]]) - largest)
      second += square / sum - mean * mean
    }
    return (first / Double(images.count), second / Double(images.count))
  }
}
