/// p values of several questions, corrected so that a false alarm among all of them is as rare as it was for one (Holm 1979).
public enum HolmCorrection {
  /// The corrected p values, in the order of the given ones.
  ///
  /// - Parameter pValues: from 0 to 1.
  /// - Complexity: O(n · log n).
  public static func adjusted(_ pValues: [Double]) -> [Double] {
    let order = pValues.indices.sorted { (pValues[$0], $0) < (pValues[$1], $1) }
    var adjusted = pValues
    var largest = 0.0
    for (place, index) in order.enumerated() {
      largest = max(largest, min(1, Double(pValues.count - place) * pValues[index]))
      adjusted[index] = largest
    }
    return adjusted
  }
}
