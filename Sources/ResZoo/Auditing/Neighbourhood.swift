import Charts
import Messages
import Threads

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

  /// - Complexity: O(images² · features).
  init(_ features: ImageFeatures, options: DatasetAudit.Options, progress: @escaping DatasetAudit.Progress) {
    images = features.images
    neighbours = min(options.neighbours, max(1, images.count - 1))
    guard images.count >= Self.leastImages else {
      distances = []
      notices.append("outliers were not looked for: that needs \(Self.leastImages) images or more")
      return
    }
    let total = images.count
    let job = NeighbourJob(features.rows, neighbours: neighbours) { progress(.neighbours, $0, total) }
    WorkerPool(threads: options.threads).run(job, tasks: job.taskCount)
    distances = job.distances.withLock { $0 }
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
        reason: "its \(neighbours) nearest images are at a mean distance of \(NumberText.short(distances[row])), where half of the "
          + "images have theirs within \(NumberText.short(median))")
    }
  }
}

/// The mean distances of rows to their nearest ones, some rows in each task.
private final class NeighbourJob: ParallelJob {
  let distances: Locked<[Double]>
  let taskCount: Int
  private let rows: FeatureRows
  private let neighbours: Int
  private let done = Locked(0)
  private let progress: @Sendable (Int) -> Void

  private static let block = 32

  init(_ rows: FeatureRows, neighbours: Int, progress: @escaping @Sendable (Int) -> Void) {
    self.rows = rows.normalized
    self.neighbours = neighbours
    self.progress = progress
    distances = Locked(Array(repeating: 0, count: rows.count))
    taskCount = (rows.count + Self.block - 1) / Self.block
  }

  func run(task: Int, worker: Int) {
    let range = task * Self.block..<min((task + 1) * Self.block, rows.count)
    var nearest = Array(repeating: [Float](), count: range.count)
    let stride = rows.stride
    for other in 0..<rows.count {
      for row in range where row != other {
        var sums = SIMD16<Float>.zero
        for vector in 0..<stride {
          sums += rows.vectors[row * stride + vector] * rows.vectors[other * stride + vector]
        }
        let cosine = sums.sum()
        let place = row - range.lowerBound
        if nearest[place].count < neighbours {
          nearest[place].append(cosine)
          if nearest[place].count == neighbours { nearest[place].sort(by: >) }
        } else if cosine > nearest[place][neighbours - 1] {
          nearest[place][neighbours - 1] = cosine
          nearest[place].sort(by: >)
        }
      }
    }
    let means = nearest.map { cosines in
      1 - cosines.sorted().reduce(0) { $0 + Double($1) } / Double(max(1, cosines.count))
    }
    distances.withLock { all in
      for (place, mean) in means.enumerated() { all[range.lowerBound + place] = max(0, mean) }
    }
    progress(done.withLock { $0 += range.count; return $0 })
  }
}
