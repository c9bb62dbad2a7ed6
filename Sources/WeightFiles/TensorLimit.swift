/// Bounds on the index entries of tensors, the same for all containers unless a reader has a narrower one.
package enum TensorLimit {
  /// Most bytes of a name.
  package static let name = 1024
  /// Most dimensions.
  static let rank = 8

  /// True if a tensor can have such extents: no product of some of them comes near to an overflow, whichever others are 0.
  static func isSound(_ dimensions: [Int]) -> Bool {
    var count = 1
    for extent in dimensions {
      let (product, overflow) = count.multipliedReportingOverflow(by: max(extent, 1))
      guard extent >= 0, !overflow, product < 1 << 56 else { return false }
      count = product
    }
    return true
  }
}
