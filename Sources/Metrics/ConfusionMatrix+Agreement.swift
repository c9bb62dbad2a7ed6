import Platform

/// A row's and a column's class are the same where their numbers are, with ``classMetrics(labels:indices:)``'s `indices` in between.
extension ConfusionMatrix {
  /// The counts of all classes that have images or were predicted, which are those that scikit-learn averages over.
  private func occurring(_ indices: [Int]) -> [ClassCounts] {
    var counts = Array(repeating: ClassCounts(), count: columnCount)
    for cell in nonzero {
      let own = indices[cell.label]
      counts[cell.predicted].predicted += cell.count
      counts[own].support += cell.count
      if cell.predicted == own { counts[own].correct += cell.count }
    }
    return counts.filter { $0.support > 0 || $0.predicted > 0 }
  }

  /// Precision, recall and F1 as the mean over all classes with images or predictions; nil without images.
  ///
  /// - Parameter indices: the column of each row's class.
  public func macroAverages(indices: [Int]) -> Averages? {
    let classes = occurring(indices)
    return Averages(classes, weights: classes.map { _ in 1 })
  }

  /// Precision, recall and F1 as the mean over all images; nil without images.
  ///
  /// - Parameter indices: the column of each row's class.
  public func weightedAverages(indices: [Int]) -> Averages? {
    let classes = occurring(indices)
    return Averages(classes, weights: classes.map { Double($0.support) })
  }

  /// The mean recall of the classes that have images; nil without images.
  ///
  /// - Parameter indices: the column of each row's class.
  public func balancedAccuracy(indices: [Int]) -> Double? {
    let recalls = occurring(indices).compactMap(\.recall)
    return recalls.isEmpty ? nil : recalls.reduce(0, +) / Double(recalls.count)
  }

  /// Cohen's kappa: the agreement of predictions and classes beyond that of chance; nil where chance alone would agree always.
  ///
  /// - Parameter indices: the column of each row's class.
  public func kappa(indices: [Int]) -> Double? {
    let sums = Sums(occurring(indices))
    let expected = sums.products / sums.images / sums.images
    return sums.images > 0 && expected < 1 ? (sums.correct / sums.images - expected) / (1 - expected) : nil
  }

  /// Matthews' correlation of predictions and classes; 0 where either are all the same, nil without images.
  ///
  /// - Parameter indices: the column of each row's class.
  public func matthewsCorrelation(indices: [Int]) -> Double? {
    let sums = Sums(occurring(indices))
    guard sums.images > 0 else { return nil }
    let square = sums.images * sums.images
    let scale = (square - sums.squaredSupports) * (square - sums.squaredPredictions)
    return scale > 0 ? (sums.correct * sums.images - sums.products) / scale.squareRoot() : 0
  }

  /// Sums over classes, in floating point, which no number of images overflows.
  private struct Sums {
    var images = 0.0
    var correct = 0.0
    var products = 0.0
    var squaredSupports = 0.0
    var squaredPredictions = 0.0

    init(_ classes: [ClassCounts]) {
      for one in classes {
        let (support, predicted) = (Double(one.support), Double(one.predicted))
        images += support
        correct += Double(one.correct)
        products += support * predicted
        squaredSupports += support * support
        squaredPredictions += predicted * predicted
      }
    }
  }
}
