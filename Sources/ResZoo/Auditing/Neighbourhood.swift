import Charts
import Messages

/// How far images are from their nearest neighbours in the space of features, by the cosine between them.
struct Neighbourhood {
  /// Remarks on what was not looked at.
  private(set) var notices: [Remark] = []
  private let images: [Int]
  /// For each row, the mean distance to its nearest neighbours: 1 less the cosine.
  let distances: [Double]
  private let neighbours: Int

  /// The fewest images among which some can be unlike all others.
  private static let leastImages = 30

  /// The neighbourhood of images whose distances are known.
  init(of images: [Int], distances: [Double], neighbours: Int) {
    (self.images, self.distances, self.neighbours) = (images, distances, neighbours)
  }

  /// - Throws: ``SimilarityError`` with `missingLibrary`.
  /// - Complexity: O(images² · features).
  init(
    _ features: ImageFeatures, options: DatasetAudit.Options, progress: @escaping DatasetAudit.Progress
  ) throws(SimilarityError) {
    images = features.images
    neighbours = min(options.neighbours, max(1, images.count - 1))
    guard images.count >= Self.leastImages, let table = features.table else {
      distances = []
      notices.append("outliers were not looked for: that needs \(Self.leastImages) images or more")
      return
    }
    let total = images.count
    distances = try table.nearestOfEach(count: neighbours, threads: options.threads) {
      progress(.neighbours, $0, total)
    }.map { nearest in
      1 - nearest.reduce(0) { $0 + Double($1.similarity) } / Double(max(1, nearest.count))
    }
  }

  /// Images far from all others: farther than three times the range between the quartiles beyond the upper one (Tukey 1977, "Exploratory Data
  /// Analysis": far out).
  func findings(_ images: AuditedImages) -> [AuditFinding] {
    guard !distances.isEmpty else { return [] }
    let sorted = distances.sorted()
    func quantile(_ share: Double) -> Double { sorted[Int(share * Double(sorted.count - 1))] }
    let (lower, median, upper) = (quantile(0.25), quantile(0.5), quantile(0.75))
    let limit = upper + 3 * (upper - lower)
    return self.images.indices.filter { distances[$0] > limit && distances[$0] > 1e-6 }.map { row in
      images.finding(
        .outlier, self.images[row], score: min(1, distances[row]),
        reason:
          "its \(neighbours) nearest images are at a mean distance of \(NumberText.short(distances[row])), where half of the "
          + "images have theirs within \(NumberText.short(median))")
    }
  }
}
