public import Datasets
import LinearAlgebra
public import TensorCore

/// Embeddings of images in memory, one a row, each of length 1: the inner product of two is the cosine of the angle between them.
///
/// A network that gives zero for an image leaves a row of zeros, which is like no other.
public struct EmbeddingTable: Sendable {
  /// The names of the images, as they were given.
  public let names: [String]
  /// The place of each row's image among those that were given; images without an embedding have none.
  public let positions: [Int]
  /// The numbers of each embedding.
  public let width: Int
  /// The rows, one behind the other.
  let floats: [Float]

  /// The number of embeddings.
  public var count: Int { positions.count }

  /// Computes the embeddings of images, as many at once as there are processors. Images that cannot be read, or whose embedding is not finite, are
  /// left out.
  ///
  /// - Parameters:
  ///   - images: the images.
  ///   - extractor: the network up to its embedding, or to another node that gives a vector.
  ///   - observe: gets one result for each image, in order, one at a time, on any thread. An error that it throws ends the work.
  /// - Throws: the error of `observe`; ``SimilarityError`` with `notVectors`, or `tooLarge` if the table would take more than half of the memory;
  ///   ``ClassificationError``.
  /// - Complexity: memory for the table, and for the images that are worked on.
  public init(
    of images: [ImageSource], by extractor: FeatureExtractor,
    _ observe: (FeatureResult) throws -> Void = { _ in }
  ) throws {
    let width = try extractor.embeddingWidth()
    try Self.requireMemory(rows: images.count, width: width)
    var floats: [Float] = []
    var names: [String] = []
    var positions: [Int] = []
    floats.reserveCapacity(images.count * width)
    var position = 0
    try extractor.embeddings(of: images) { result in
      if case .success(let row) = result.outcome {
        floats.append(contentsOf: (0..<width).map { row.floats[$0] })
        names.append(result.input)
        positions.append(position)
      }
      position += 1
      try observe(result)
    }
    self.init(names: names, positions: positions, width: width, floats: floats)
  }

  /// A table of embeddings that were computed elsewhere; each is scaled to length 1.
  ///
  /// - Parameters:
  ///   - embeddings: float32 of shape [rows, width].
  ///   - names: a name for each row.
  /// - Throws: ``SimilarityError`` with `notFinite` for a number that is infinite or not a number.
  /// - Precondition: the tensor has two dimensions, is float32, and has a row for each name.
  public init(_ embeddings: Tensor, names: [String]) throws(SimilarityError) {
    let extents = embeddings.shape.dimensions
    precondition(
      extents.count == 2 && extents[0] == names.count, "\(extents) embeddings with \(names.count) names")
    var rows: [Float] = []
    rows.reserveCapacity(embeddings.shape.elementCount)
    for index in embeddings.floats.indices { rows.append(embeddings.floats[index]) }
    try self.init(scaling: consume rows, width: extents[1], names: names)
  }

  /// Takes over rows that were computed elsewhere, and scales each of them to length 1, without a copy of all.
  ///
  /// - Throws: as ``init(_:names:)``.
  /// - Precondition: there are `width` numbers for each name.
  init(scaling rows: consuming [Float], width: Int, names: [String]) throws(SimilarityError) {
    precondition(rows.count == width * names.count, "\(rows.count) numbers in rows of \(width)")
    var floats = consume rows
    for row in names.indices {
      let range = row * width..<(row + 1) * width
      guard let unit = unitVector(floats.span.extracting(range)) else {
        throw SimilarityError(
          .notFinite,
          "the embedding of \(names[row]) has numbers that are infinite or not numbers; check the network's weights"
        )
      }
      floats.replaceSubrange(range, with: unit)
    }
    self.init(names: names, positions: Array(names.indices), width: width, floats: floats)
  }

  private init(names: [String], positions: [Int], width: Int, floats: [Float]) {
    self.names = names
    self.positions = positions
    self.width = width
    self.floats = floats
  }

  /// A row, of length 1 or zero.
  ///
  /// - Precondition: `row` is one of the table.
  public func embedding(_ row: Int) -> [Float] {
    Array(floats[row * width..<(row + 1) * width])
  }

  private static func requireMemory(rows: Int, width: Int) throws(SimilarityError) {
    let (bytes, isTooMany) = rows.multipliedReportingOverflow(by: 4 * width)
    guard !isTooMany, bytes <= Machine.memoryByteCount / 2 else {
      throw SimilarityError(
        .tooLarge,
        "the embeddings of \(rows) images, \(width) numbers each, take more than half of this machine's memory; build an index of them"
      )
    }
  }
}

extension EmbeddingTable: EmbeddingRows {
  /// Some 512 KiB, which stay in a core's cache while they are multiplied with some hundred others.
  var blockRowCount: Int { max(8, (1 << 17) / max(1, width)) }

  /// Each number is rounded by itself, to 2⁻²⁴ of its size.
  var lengthError: Float { 0x1p-22 }

  func withBlock(
    _ number: Int, memory: inout [Float], _ body: (Span<Float>) throws(SimilarityError) -> Void
  ) throws(SimilarityError) {
    let rows = rows(ofBlock: number)
    try body(floats.span.extracting(rows.lowerBound * width..<rows.upperBound * width))
  }

  func fault(inBlock number: Int) -> SimilarityError {
    SimilarityError(.damaged, "an embedding has not the length 1")
  }
}

/// The vector of length 1 of the same direction, or zero for zero; nil where a number is infinite or not a number.
func unitVector(_ values: Span<Float>) -> [Float]? {
  let length = squaredLength(values).squareRoot()
  guard length.isFinite else { return nil }
  let divisor = length > 0 ? length : 1
  return values.indices.map { Float(Double(values[$0]) / divisor) }
}
