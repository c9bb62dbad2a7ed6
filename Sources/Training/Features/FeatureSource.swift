/// Who computes features: reads images, augments them and runs the frozen part of a network on them.
public protocol FeatureSource: AnyObject {
  /// Computes the features of entries, at most as many as the batch has room for.
  ///
  /// No entry comes twice in a call, and all are of one view. The features of an entry depend on nothing but the entry, not on the others of the call.
  ///
  /// - Parameter features: its first inputs become the features of those entries that can be computed, in their order.
  /// - Returns: the positions in `entries` of those; the others are images that cannot be read.
  func compute(
    _ entries: [FeatureCache.Entry], into features: TrainingBatch
  ) throws(TrainingError) -> [Int]
}
