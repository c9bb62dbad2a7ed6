/// A run of steps through which so many images go together that their feature maps stay in the last-level cache.
///
/// Early feature maps are large, so few images go through the first steps at a time; late ones are small, and the weights
/// that all images share are large, so many go through the last steps together.
struct Wave: Hashable, Sendable {
  var steps: Range<Int>
  var images: Int

  /// Cuts steps where more images may run together; their number never falls again.
  static func waves(of steps: [Step]) -> [Wave] {
    var images = steps.map { max(1, cacheFloats / max(1, $0.activationFloats)) }
    for index in images.indices.dropLast().reversed() {
      images[index] = min(images[index], images[index + 1])
    }
    var waves: [Wave] = []
    for (index, count) in images.enumerated() {
      // Twice as many images are worth a cut; a few more are not.
      if let last = waves.last, count < 2 * last.images {
        waves[waves.count - 1].steps = last.steps.lowerBound..<index + 1
      } else {
        waves.append(Wave(steps: index..<index + 1, images: count))
      }
    }
    if let last = waves.indices.last { waves[last].images = 1 << 30 }
    return waves
  }

  /// 16 MiB: the share of a server's last-level cache that two processors may hope for (`reszoo bench MODEL --batch 32`).
  private static let cacheFloats = 1 << 22
}
