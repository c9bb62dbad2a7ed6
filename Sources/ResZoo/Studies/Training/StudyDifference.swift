import Platform

/// The difference between two networks' errors after the last epoch, over the seeds that both were trained with.
public struct StudyDifference: Hashable, Sendable {
  /// A share of wrong answers.
  public enum Measure: String, Hashable, Sendable, Codable {
    /// On the training images, each before its step in the last epoch.
    case training
    /// On the test images, after the last epoch.
    case test
  }

  /// The judgement on a difference.
  public enum Verdict: String, Hashable, Sendable, Codable {
    /// The second network has more errors: with every seed, and more than chance in the images explains.
    case more
    /// It has fewer, likewise.
    case less
    /// Neither: seeds contradict each other, or the difference is within chance.
    case unclear
  }

  /// The measure that is compared.
  public let measure: Measure
  /// The label of the network that another one is compared with.
  public let first: String
  /// The label of that other one.
  public let second: String
  /// The errors of the first network, 0 to 1, by seed.
  public let firstErrors: [Double]
  /// The errors of the second network, by the same seeds.
  public let secondErrors: [Double]
  /// The number of images that each error was counted over.
  public let images: Int

  /// A difference; nil where no seed has both networks.
  ///
  /// - Parameters:
  ///   - measure: the errors that are compared.
  ///   - first: the name of the network that the other is compared with.
  ///   - firstErrors: by seed.
  ///   - second: the name of the other network.
  ///   - secondErrors: by seed.
  ///   - images: the number of images that each error was counted over.
  public init?(
    _ measure: Measure, first: String, _ firstErrors: [UInt64: Double], second: String,
    _ secondErrors: [UInt64: Double], images: Int
  ) {
    let seeds = firstErrors.keys.filter { secondErrors[$0] != nil }.sorted()
    guard !seeds.isEmpty else { return nil }
    self.measure = measure
    self.first = first
    self.second = second
    self.firstErrors = seeds.compactMap { firstErrors[$0] }
    self.secondErrors = seeds.compactMap { secondErrors[$0] }
    self.images = images
  }

  /// The mean error of the first network.
  public var firstMean: Double { firstErrors.reduce(0, +) / Double(firstErrors.count) }
  /// The mean error of the second network.
  public var secondMean: Double { secondErrors.reduce(0, +) / Double(secondErrors.count) }
  /// The mean error of the second network less that of the first.
  public var mean: Double { secondMean - firstMean }
  /// The number of seeds that both were trained with.
  public var seeds: Int { firstErrors.count }
  /// The number of seeds with which the second network has more errors.
  public var seedsWithMore: Int { zip(firstErrors, secondErrors).count { $0 < $1 } }
  /// The number of seeds with which it has fewer.
  public var seedsWithLess: Int { zip(firstErrors, secondErrors).count { $0 > $1 } }

  /// The difference that chance in the choice of so many images explains: two standard errors of two independent shares, whatever the
  /// number of seeds, as all of them see the same images.
  public var chance: Double {
    let variance = firstMean * (1 - firstMean) + secondMean * (1 - secondMean)
    return 2 * (max(0, variance) / Double(max(1, images))).squareRoot()
  }

  /// The judgement.
  public var verdict: Verdict {
    guard mean.magnitude > chance else { return .unclear }
    if mean > 0, seedsWithMore == seeds { return .more }
    if mean < 0, seedsWithLess == seeds { return .less }
    return .unclear
  }
}
