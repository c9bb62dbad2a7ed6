import LinearAlgebra

/// Embeddings of length 1, or zero, which are read block by block.
protocol EmbeddingRows: Sendable {
  var count: Int { get }
  /// The numbers of each.
  var width: Int { get }
  /// The rows of each block; the last one may have fewer.
  var blockRowCount: Int { get }
  /// The most by which the length of an embedding that is not zero may differ from 1.
  var lengthError: Float { get }

  /// Lends a block.
  ///
  /// - Parameters:
  ///   - number: 0 ..< ``blockCount``.
  ///   - memory: to put the block into if it must be made; keeps what was allocated from call to call.
  ///   - body: gets the rows, one behind the other.
  /// - Throws: the error of `body`; ``SimilarityError`` where the block cannot be believed.
  func withBlock(
    _ number: Int, memory: inout [Float], _ body: (Span<Float>) throws(SimilarityError) -> Void
  ) throws(SimilarityError)

  /// The error of rows that do not have the length that they must have.
  func fault(inBlock number: Int) -> SimilarityError
}

extension EmbeddingRows {
  var blockCount: Int { (count + blockRowCount - 1) / blockRowCount }

  func rows(ofBlock number: Int) -> Range<Int> {
    let start = number * blockRowCount
    return start..<min(count, start + blockRowCount)
  }

  /// The most by which a product of single precision, summed in whatever order, differs from the ``cosine(_:_:)`` of two embeddings.
  ///
  /// A sum of n products is off by at most n·2⁻²⁴ of the sum of their magnitudes, with terms of higher order (Higham, "Accuracy and Stability
  /// of Numerical Algorithms", 2002, §3.1), and that is at most the product of the lengths, each near 1.
  var productError: Float { 1.01 * (Float(width) * 0x1p-24 + 2 * lengthError) + 0x1p-22 }
}

/// The sum of the squares of some numbers, added in a fixed order in double precision.
func squaredLength(_ values: Span<Float>) -> Double { fixedProduct(values, values) }

/// The inner product of two vectors, added in a fixed order in double precision, in which products of two floats are exact: the same bits on every
/// machine.
///
/// - Precondition: both have the same count.
func fixedProduct(_ a: Span<Float>, _ b: Span<Float>) -> Double {
  precondition(a.count == b.count, "\(a.count) numbers times \(b.count)")
  // Four sums, so that an addition need not wait for the one before.
  var (first, second, third, fourth) = (0.0, 0.0, 0.0, 0.0)
  var index = 0
  while index + 4 <= a.count {
    first += Double(a[index]) * Double(b[index])
    second += Double(a[index + 1]) * Double(b[index + 1])
    third += Double(a[index + 2]) * Double(b[index + 2])
    fourth += Double(a[index + 3]) * Double(b[index + 3])
    index += 4
  }
  var sum = (first + third) + (second + fourth)
  while index < a.count {
    sum += Double(a[index]) * Double(b[index])
    index += 1
  }
  return sum
}

/// The cosine of the angle between two vectors out of their product and their squared lengths; 0 where one of them is zero.
func cosine(product: Double, _ first: Double, _ second: Double) -> Float {
  guard first > 0, second > 0 else { return 0 }
  return Float(min(1, max(-1, product / (first.squareRoot() * second.squareRoot()))))
}
