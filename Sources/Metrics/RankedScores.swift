/// The scores of one class for all images, and which images are of it: what the areas under the curves of all thresholds follow from.
package struct RankedScores {
  /// The scores of the images, from the highest; equal ones count as one threshold.
  private let steps: [(hits: Int, others: Int)]
  private let hits: Int
  private let others: Int

  /// - Parameters:
  ///   - scores: a number for each image.
  ///   - isHit: true for the images of the class.
  /// - Complexity: O(n log n) for n images.
  package init(_ scores: [Double], isHit: (Int) -> Bool) {
    let order = scores.indices.sorted { scores[$0] > scores[$1] }
    var steps: [(hits: Int, others: Int)] = []
    var total = (hits: 0, others: 0)
    var last: Double?
    for index in order {
      if last != scores[index] { steps.append((0, 0)) }
      last = scores[index]
      if isHit(index) {
        steps[steps.count - 1].hits += 1
        total.hits += 1
      } else {
        steps[steps.count - 1].others += 1
        total.others += 1
      }
    }
    self.steps = steps
    (hits, others) = total
  }

  /// The area under the receiver operating characteristic: the share of pairs of an image of the class and another in which the first
  /// has the higher score, equal ones counted half; nil where there is no such pair.
  package var rocArea: Double? {
    guard hits > 0, others > 0 else { return nil }
    var area = 0.0
    var above = 0.0
    for step in steps {
      area += Double(step.others) * (above + Double(step.hits) / 2)
      above += Double(step.hits)
    }
    return area / (Double(hits) * Double(others))
  }

  /// The mean of the precision at each threshold, weighted by what it adds to the recall; nil without images of the class.
  package var averagePrecision: Double? {
    guard hits > 0 else { return nil }
    var sum = 0.0
    var found = 0
    var seen = 0
    for step in steps {
      found += step.hits
      seen += step.hits + step.others
      sum += Double(step.hits) * Double(found) / Double(seen)
    }
    return sum / Double(hits)
  }
}
