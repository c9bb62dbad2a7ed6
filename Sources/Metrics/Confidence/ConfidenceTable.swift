import Platform

/// The probabilities of images' likeliest and own classes at one temperature.
package struct ConfidenceTable: Sendable {
  /// The probability of each image's likeliest class.
  package private(set) var confidences: [Double] = []
  /// True for each image whose likeliest class is its own.
  package private(set) var areRight: [Bool] = []
  /// The probability of each image's own class.
  package private(set) var ownProbabilities: [Double] = []
  /// The cross-entropy of each image, in nats.
  package private(set) var losses: [Double] = []
  /// Brier's score of each image: Σₖ (pₖ − [k is its class])².
  package private(set) var brierScores: [Double] = []

  /// - Parameters:
  ///   - images: positions of images in the table.
  ///   - temperature: divides the logits.
  /// - Complexity: O(images · classes).
  package init(_ table: LogitTable, images: some Collection<Int>, temperature: Double) {
    for image in images {
      let row = table.row(image)
      let truth = table.truths[image]
      let softmax = Softmax(row.span, temperature: temperature)
      let own = softmax.probability(of: row[row.startIndex + truth])
      var squares = 0.0
      for logit in row {
        let probability = softmax.probability(of: logit)
        squares += probability * probability
      }
      confidences.append(softmax.largestProbability)
      areRight.append(row.span.indexOfLargest == truth)
      ownProbabilities.append(own)
      losses.append(softmax.loss(of: row[row.startIndex + truth]))
      brierScores.append(squares - 2 * own + 1)
    }
  }

  /// Adds the images of another table.
  package mutating func append(_ other: ConfidenceTable) {
    confidences += other.confidences
    areRight += other.areRight
    ownProbabilities += other.ownProbabilities
    losses += other.losses
    brierScores += other.brierScores
  }

  /// The number of images.
  package var images: Int { confidences.count }
  /// The number of images whose likeliest class is their own.
  package var right: Int { areRight.count { $0 } }

  /// The positions of all images, the surest first, equal ones in their order.
  package var surestFirst: [Int] {
    confidences.indices.sorted { (-confidences[$0], $0) < (-confidences[$1], $1) }
  }
}
