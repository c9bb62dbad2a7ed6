import Platform
import TensorCore

/// Sets of classes of which an image's own is one, as often as was asked for, whatever the network (split conformal prediction;
/// Vovk 2005, Sadinle et al. 2019).
public struct ConformalSets: Hashable, Sendable {
  /// The share of images whose set shall hold their class.
  public let coverage: Double
  /// A class is in an image's set if its probability is at least this; 0 where there are too few images for the coverage, so that all classes
  /// are.
  public let leastProbability: Double
  /// The mean number of classes of a set, over the images at hand.
  public let meanSize: Double
  /// The share of images whose set has exactly one class, and of those whose set is empty.
  public let singleShare: Double
  public let emptyShare: Double
  /// The share of images whose set holds their class when one half of the images sets the bound and the other is tried, and the
  /// halves change places.
  public let heldOutCoverage: Double

  /// - Parameters:
  ///   - table: one image at least.
  ///   - temperature: divides the logits.
  ///   - coverage: above 0 and below 1.
  ///   - seed: of the halves.
  /// - Complexity: O(images · (classes + log images)).
  package init(_ table: LogitTable, temperature: Double, coverage: Double, seed: UInt64) {
    precondition(table.images > 0 && coverage > 0 && coverage < 1, "a coverage of \(coverage)")
    let own = ConfidenceTable(table, images: 0..<table.images, temperature: temperature).ownProbabilities
    let least = Self.leastProbability(of: own, coverage: coverage)
    var (members, single, empty) = (0, 0, 0)
    for image in 0..<table.images {
      let row = table.row(image)
      let softmax = Softmax(row.span, temperature: temperature)
      let size = row.count { softmax.probability(of: $0) >= least }
      members += size
      if size == 1 { single += 1 }
      if size == 0 { empty += 1 }
    }
    self.coverage = coverage
    leastProbability = least
    meanSize = Double(members) / Double(table.images)
    singleShare = Double(single) / Double(table.images)
    emptyShare = Double(empty) / Double(table.images)
    heldOutCoverage = Self.heldOutCoverage(own, coverage: coverage, seed: seed)
  }

  /// The k-th largest probability of images' own classes, k = ⌈(n + 1) · coverage⌉; 0 where k is above n.
  static func leastProbability(of own: [Double], coverage: Double) -> Double {
    // Rounded where (n + 1) · coverage is a whole number but for its last digits.
    let rank = Int((Double(own.count + 1) * coverage - 1e-9).rounded(.up))
    guard rank <= own.count else { return 0 }
    return own.sorted(by: >)[max(rank, 1) - 1]
  }

  private static func heldOutCoverage(_ own: [Double], coverage: Double, seed: UInt64) -> Double {
    var random = SplitMix64(seed: seed)
    var shuffled = own
    for index in shuffled.indices.reversed() { shuffled.swapAt(index, random.next(below: index + 1)) }
    let half = shuffled.count / 2
    let halves = [Array(shuffled[..<half]), Array(shuffled[half...])]
    var covered = 0
    for (fitted, tried) in [(halves[0], halves[1]), (halves[1], halves[0])] {
      let least = leastProbability(of: fitted, coverage: coverage)
      covered += tried.count { $0 >= least }
    }
    return Double(covered) / Double(own.count)
  }
}
