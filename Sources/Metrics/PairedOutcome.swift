import Platform

/// The answers of two classifiers to the same images, counted by who was right.
public struct PairedOutcome: Hashable, Sendable {
  /// Images that both answer rightly.
  public private(set) var bothRight = 0
  /// Images that only the first answers rightly.
  public private(set) var onlyFirst = 0
  /// Images that only the second answers rightly.
  public private(set) var onlySecond = 0
  /// Images that neither answers rightly.
  public private(set) var bothWrong = 0
  /// Images to which both give the same answer.
  public private(set) var agreeing = 0

  /// No images yet.
  public init() {}

  /// Counts an image.
  public mutating func add(first: Bool, second: Bool, areEqual: Bool) {
    switch (first, second) {
    case (true, true): bothRight += 1
    case (true, false): onlyFirst += 1
    case (false, true): onlySecond += 1
    case (false, false): bothWrong += 1
    }
    if areEqual { agreeing += 1 }
  }

  public var images: Int { bothRight + onlyFirst + onlySecond + bothWrong }
  /// Images that the first answers rightly.
  public var firstRight: Int { bothRight + onlyFirst }
  /// Images that the second answers rightly.
  public var secondRight: Int { bothRight + onlySecond }

  /// The probability of flips as uneven as these, or more, if both were equally good: McNemar's exact test, of two sides.
  ///
  /// - Complexity: O(number of flips).
  public var pValue: Double {
    let flips = onlyFirst + onlySecond
    guard flips > 0 else { return 1 }
    // Sums of binomial terms, by their logarithms.
    var sum = 0.0
    var logTerm = -Double(flips) * log(2.0)
    for count in 0...min(onlyFirst, onlySecond) {
      if count > 0 { logTerm += log(Double(flips - count + 1)) - log(Double(count)) }
      sum += exp(logTerm)
    }
    return min(1, 2 * sum)
  }
}

/// Wilson's score interval of a share (Wilson 1927).
public struct WilsonInterval: Hashable, Sendable {
  /// The ends of the interval, from 0 to 1.
  public let lower: Double
  public let upper: Double

  /// The interval that holds the share with 95 % confidence.
  ///
  /// - Precondition: 0 ≤ `count` ≤ `total`, and there is one at least.
  public init(count: Int, of total: Int) {
    precondition(total > 0 && (0...total).contains(count), "\(count) of \(total)")
    let z = 1.959963984540054
    let (n, share) = (Double(total), Double(count) / Double(total))
    let center = (share + z * z / (2 * n)) / (1 + z * z / n)
    let half = z / (1 + z * z / n) * (share * (1 - share) / n + z * z / (4 * n * n)).squareRoot()
    lower = count == 0 ? 0 : max(0, center - half)
    upper = count == total ? 1 : min(1, center + half)
  }
}
