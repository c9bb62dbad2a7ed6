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

  /// Images that only one of both answers rightly.
  public var flips: Int { onlyFirst + onlySecond }

  /// The accuracy of the second less that of the first, from -1 to 1; 0 without images.
  public var difference: Double {
    images > 0 ? Double(onlySecond - onlyFirst) / Double(images) : 0
  }

  /// The interval that holds the difference with 95 % confidence, by the normal approximation for paired answers (Agresti 2013, 11.1.1). Few
  /// flips make it too narrow; ``pValue`` is exact.
  public var differenceInterval: (lower: Double, upper: Double) {
    guard images > 0 else { return (-1, 1) }
    let (n, net) = (Double(images), Double(onlySecond - onlyFirst))
    let half = normalQuantile * (Double(flips) - net * net / n).squareRoot() / n
    return (max(-1, difference - half), min(1, difference + half))
  }

  /// About the least difference of accuracy that so many images, flipping so often, show as significant at 5 % in four of five cases; at least
  /// that of six images, as five that flip the same way are no less likely by chance than 1 in 16.
  public var detectableDifference: Double {
    guard images > 0 else { return 1 }
    // The normal quantile of 80 %.
    let least = (normalQuantile + 0.8416212335729143) * Double(flips).squareRoot()
    return min(1, max(6, least) / Double(images))
  }
}

/// The normal quantile of 97.5 %: both sides of an interval of 95 %.
let normalQuantile = 1.959963984540054
