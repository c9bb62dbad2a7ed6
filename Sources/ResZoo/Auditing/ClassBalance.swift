import Charts

/// Classes with few images, or none.
struct ClassBalance {
  let findings: [AuditFinding]

  /// A class has few images if it has less than this share of the mean over all classes, as in cleanlab's check of class imbalance.
  static let leastShare = 0.1

  /// - Complexity: O(images).
  init(of images: AuditedImages) {
    var counts = Array(repeating: 0, count: images.classes.count)
    for label in images.labels.prefix(images.trainingCount) { label.map { counts[$0] += 1 } }
    let total = counts.reduce(0, +)
    guard total > 0, counts.count > 1 else {
      findings = []
      return
    }
    let mean = Double(total) / Double(counts.count)
    findings = zip(images.classes, counts).compactMap { name, count in
      let share = Double(count) / mean
      guard share < Self.leastShare else { return nil }
      return AuditFinding(
        .imbalance, input: name, label: name, score: 1 - share,
        reason: count == 0
          ? "no image of this class to train on"
          : "\(count) of \(NumberText.grouped(total)) images; the mean of a class is \(NumberText.fixed(mean, decimals: 0))"
      )
    }
  }
}
