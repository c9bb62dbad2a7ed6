/// Finds images whose given label is probably wrong, from probabilities of models that were not trained on these images.
///
/// Northcutt, Jiang and Chuang 2021, "Confident Learning: Estimating Uncertainty in Dataset Labels" (JAIR 70): a class's threshold is the
/// mean probability of the class over the images that are labelled so. Images above thresholds are counted by given and by likely label, which
/// estimates how many of each class are really of another one; so many are taken, those first whose probabilities differ most (pruning by
/// noise rate). The numbers are those of cleanlab's `find_label_issues` with its defaults.
package struct ConfidentLearning: Sendable {
  /// For each image, whether its label is probably wrong.
  package let isIssue: [Bool]
  /// For each given label and each likely one, the estimated number of images: rows sum to the numbers of labelled images.
  package let joint: [[Int]]
  /// The mean probability of each class over the images that are labelled so.
  package let thresholds: [Double]

  /// - Parameters:
  ///   - probabilities: [images][classes], row by row; each row sums to 1.
  ///   - labels: the given label of each image.
  ///   - classes: their number.
  /// - Precondition: there are as many probabilities, and labels are below `classes`.
  /// - Complexity: O(images · classes), and sorting the images of each class.
  package init(probabilities: [Float], labels: [Int], classes: Int) {
    precondition(
      probabilities.count == labels.count * classes,
      "\(probabilities.count) probabilities of \(labels.count) images and \(classes) classes")
    let rows = LabelledProbabilities(values: probabilities, labels: labels, classes: classes)
    thresholds = rows.thresholds
    joint = Self.calibrated(rows.confidentCounts(thresholds), of: rows.counts)
    isIssue = rows.pruned(by: joint)
  }

  /// Counts scaled so that each row sums to the number of images that are labelled so, rounded without changing that sum.
  private static func calibrated(_ counts: [[Int]], of labelled: [Int]) -> [[Int]] {
    var scaled = zip(counts, labelled).map { row, count in
      let sum = Double(max(1, row.reduce(0, +)))
      return row.map { Double($0) / sum * Double(count) }
    }
    // That changes the last digits alone, by which halves are rounded as cleanlab rounds them.
    let total = scaled.reduce(0) { $0 + $1.reduce(0, +) }
    let images = Double(labelled.reduce(0, +))
    scaled = scaled.map { row in row.map { $0 / max(1e-100, total) * images } }
    return zip(scaled, labelled).map { row, count in
      var rounded = row.map { Int($0.rounded(.toNearestOrEven)) }
      var missing = count - rounded.reduce(0, +)
      // The entries that rounding changed most give or take one; of equal ones the last gives first, as in cleanlab.
      let order = row.indices.sorted {
        (row[$0] - Double(rounded[$0]), $0) < (row[$1] - Double(rounded[$1]), $1)
      }
      for place in missing > 0 ? order.reversed() : order where missing != 0 {
        rounded[place] += missing.signum()
        missing -= missing.signum()
      }
      return rounded
    }
  }

  /// The probability of the given label: low for labels that are probably wrong.
  package static func selfConfidence(_ row: ArraySlice<Float>, label: Int) -> Double {
    Double(row[row.startIndex + label])
  }

  /// (p − the largest probability of another class + 1) / 2 for the probability p of the given label: below a half where another class is
  /// likelier.
  package static func normalizedMargin(_ row: ArraySlice<Float>, label: Int) -> Double {
    var other = -Double.infinity
    for (index, value) in row.enumerated() where index != label { other = max(other, Double(value)) }
    guard other.isFinite else { return 1 }
    return (Double(row[row.startIndex + label]) - other + 1) / 2
  }
}

/// Probabilities of images with their given labels.
private struct LabelledProbabilities {
  let values: [Float]
  let labels: [Int]
  let classes: Int

  /// Rounding errors of probabilities that count as equal.
  private static let tolerance = 1e-6
  /// The least threshold, so that a class that no image is likely to be of takes none.
  private static let leastThreshold = 2e-6

  /// The number of images of each given label.
  var counts: [Int] {
    labels.reduce(into: Array(repeating: 0, count: classes)) { $0[$1] += 1 }
  }

  /// The mean probability of each class over its images; of a class without any, a number that nothing reaches.
  var thresholds: [Double] {
    var sums = Array(repeating: 0.0, count: classes)
    for (image, label) in labels.enumerated() { sums[label] += Double(self[image, label]) }
    return zip(sums, counts).map { $1 == 0 ? 1e6 : max(Self.leastThreshold, $0 / Double($1)) }
  }

  private subscript(image: Int, label: Int) -> Float { values[image * classes + label] }

  private func row(_ image: Int) -> ArraySlice<Float> { values[image * classes..<(image + 1) * classes] }

  /// The likeliest class, the first of equal ones.
  private func likeliest(_ image: Int) -> Int {
    var best = 0
    for label in 1..<max(1, classes) where self[image, label] > self[image, best] { best = label }
    return best
  }

  /// The images above thresholds, by given label and by the class whose threshold they reach; of several, the likeliest class. The diagonal
  /// has 1 at least.
  func confidentCounts(_ thresholds: [Double]) -> [[Int]] {
    var counts = Array(repeating: Array(repeating: 0, count: classes), count: classes)
    for (image, label) in labels.enumerated() {
      let reached = (0..<classes).filter { Double(self[image, $0]) >= thresholds[$0] - Self.tolerance }
      guard let first = reached.first else { continue }
      counts[label][reached.count > 1 ? likeliest(image) : first] += 1
    }
    for label in 0..<classes { counts[label][label] = max(1, counts[label][label]) }
    return counts
  }

  /// For each pair of labels so many images as the joint counts, those with the largest margin first; never one whose given label is the
  /// likeliest.
  func pruned(by joint: [[Int]]) -> [Bool] {
    var isIssue = Array(repeating: false, count: labels.count)
    var members = Array(repeating: [Int](), count: classes)
    for (image, label) in labels.enumerated() { members[label].append(image) }
    for given in 0..<classes where members[given].count > 1 {
      for likely in 0..<classes where likely != given && joint[given][likely] > 0 {
        let margins = members[given].map { (image: $0, margin: self[$0, likely] - self[$0, given]) }
        let order = margins.sorted { ($1.margin, $0.image) < ($0.margin, $1.image) }
        for (image, _) in order.prefix(joint[given][likely]) { isIssue[image] = true }
      }
    }
    for (image, label) in labels.enumerated() where isIssue[image] && likeliest(image) == label {
      isIssue[image] = false
    }
    return isIssue
  }
}
