/// The extent of a tensor along each of its dimensions, outermost first. A scalar has none.
public struct Shape: Hashable, Sendable, CustomStringConvertible, ExpressibleByArrayLiteral {
  /// The extents, outermost first.
  public let dimensions: [Int]

  /// A shape of the given extents.
  ///
  /// - Precondition: no extent is negative and the number of elements fits an `Int`. Extents that come from a
  ///   file go through ``init(checking:)``.
  public init(_ dimensions: [Int]) {
    guard let shape = Shape(checking: dimensions) else {
      preconditionFailure("a shape of \(dimensions) has a negative extent or too many elements")
    }
    self = shape
  }

  /// A shape of extents that nobody has checked yet; nil when one is negative or their product overflows.
  public init?(checking dimensions: [Int]) {
    var count = 1
    for extent in dimensions {
      guard extent >= 0 else { return nil }
      let (product, overflow) = count.multipliedReportingOverflow(by: extent)
      guard !overflow else { return nil }
      count = product
    }
    self.dimensions = dimensions
    self.elementCount = count
  }

  /// A shape written as a list of extents.
  public init(arrayLiteral elements: Int...) {
    self.init(elements)
  }

  /// The product of the extents; 1 for a scalar.
  public let elementCount: Int

  /// The number of dimensions.
  public var rank: Int { dimensions.count }

  /// For example `[64, 3, 7, 7]`.
  public var description: String {
    "[" + dimensions.map(String.init).joined(separator: ", ") + "]"
  }
}
