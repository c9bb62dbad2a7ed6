/// A value of a graph: its extents, and its elements in row-major order if they are known.
package struct ONNXValue: Sendable {
  package var shape: [Int]
  package var elements: Elements

  package enum Elements: Sendable {
    /// Real numbers, whatever their type in the file.
    case floats([Float])
    /// Integers and truth values.
    case integers([Int])
    /// Numbers that nobody has computed.
    case unknown

    /// The elements of a value without any, of the same kind.
    var none: Elements {
      if case .integers = self { .integers([]) } else { .floats([]) }
    }
  }

  package init(shape: [Int], _ elements: Elements) {
    self.shape = shape
    self.elements = elements
  }

  package var count: Int { shape.reduce(1, *) }

  /// Elements that are in memory.
  var knownCount: Int {
    switch elements {
    case .floats(let floats): floats.count
    case .integers(let integers): integers.count
    case .unknown: 0
    }
  }

  /// True if no product of some of the extents is larger than a limit.
  static func isSound(_ shape: [Int], limit: Int) -> Bool {
    var count = 1
    for extent in shape {
      let (product, overflow) = count.multipliedReportingOverflow(by: max(extent, 1))
      guard extent >= 0, !overflow, product <= limit else { return false }
      count = product
    }
    return true
  }

  package var floats: [Float]? {
    switch elements {
    case .floats(let floats): floats
    case .integers(let integers): integers.map { Float($0) }
    case .unknown: nil
    }
  }

  /// The same with 0 in the place of negative numbers.
  var rectified: ONNXValue {
    guard let floats else { return self }
    return ONNXValue(shape: shape, .floats(floats.map { max($0, 0) }))
  }

  package var integers: [Int]? {
    if case .integers(let integers) = elements { integers } else { nil }
  }
}

/// Why a node cannot be computed, in words that follow its name.
package struct ONNXFault: Error {
  package var message: String
  init(_ message: String) { self.message = message }
}
