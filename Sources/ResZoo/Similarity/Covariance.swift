import LinearAlgebra
import Threads

/// The covariance of embeddings, block by block of rows: a block's products are of single precision, their sums of double. A task is some rows of the
/// matrix, so that the sums of products have the same order whatever the number of threads.
final class Covariance: ParallelJob {
  /// [width, width].
  private(set) var matrix: [Double] = []
  private let width: Int
  /// The rows of a block, less the mean: [width, rows].
  private var block: [Float] = []
  private var blockCount = 0
  /// The sums of each task: [``tileRows``, width].
  private let tiles: [Tile]

  private final class Tile {
    var sums: [Double]
    var products: [Float]
    var error: LinearAlgebraError?

    init(count: Int) {
      sums = Array(repeating: 0, count: count)
      products = Array(repeating: 0, count: count)
    }
  }

  private static let blockRows = 512
  private static let tileRows = 64

  /// - Parameters:
  ///   - table: at least two rows.
  ///   - mean: the mean of the rows.
  init(of table: EmbeddingTable, around mean: [Double], threads: Int) throws(LinearAlgebraError) {
    let width = table.width
    self.width = width
    tiles = stride(from: 0, to: width, by: Self.tileRows).map { start in
      Tile(count: min(Self.tileRows, width - start) * width)
    }
    try LinearAlgebra.open()
    let pool = WorkerPool(threads: threads)
    for start in stride(from: 0, to: table.count, by: Self.blockRows) {
      let count = min(Self.blockRows, table.count - start)
      block = Array(repeating: 0, count: width * count)
      blockCount = count
      for row in 0..<count {
        for index in 0..<width {
          let value = Double(table.floats[(start + row) * width + index]) - mean[index]
          block[index * count + row] = Float(value)
        }
      }
      pool.run(self, tasks: tiles.count)
    }
    if let error = tiles.lazy.compactMap(\.error).first { throw error }
    matrix.reserveCapacity(width * width)
    for tile in tiles { matrix += tile.sums.map { $0 / Double(table.count - 1) } }
  }

  func run(task: Int, worker: Int) {
    let tile = tiles[task]
    // A span is of a variable, not of a property of an object.
    let block = block
    let start = task * Self.tileRows * blockCount
    let rows = block.span.extracting(start..<start + tile.sums.count / width * blockCount)
    var products: [Float] = []
    swap(&products, &tile.products)
    defer { swap(&products, &tile.products) }
    do throws(LinearAlgebraError) {
      var target = products.mutableSpan
      try LinearAlgebra.multiply(rows, block.span, width: blockCount, into: &target)
    } catch {
      tile.error = error
    }
    for index in products.indices { tile.sums[index] += Double(products[index]) }
  }
}
