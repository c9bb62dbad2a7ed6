import Threads

/// A search for the embeddings that are nearest to others, exactly and in memory that does not grow with their number.
///
/// OpenBLAS multiplies a few hundred rows at a time. What may be among the nearest by these products, whose error is bounded
/// (`EmbeddingRows.productError`), is computed again by ``fixedProduct(_:_:)``: the answer depends neither on the library nor on the threads.
struct NeighbourSearch<Rows: EmbeddingRows> {
  let rows: Rows
  let pool: WorkerPool

  /// Queries that are multiplied with a block at once: enough to be as fast as many, and their products take some 100 KiB.
  static var queryLimit: Int { 128 }

  /// - Parameter threads: how many threads compute; 0 for all processors.
  init(_ rows: Rows, threads: Int) throws(SimilarityError) {
    try EmbeddingTable.requireLibrary()
    self.rows = rows
    pool = WorkerPool(threads: threads)
  }

  /// Finds the nearest embeddings to each query.
  ///
  /// - Parameters:
  ///   - queries: vectors of length 1, one behind the other.
  ///   - count: how many are wanted for each.
  ///   - first: where the queries are rows themselves, the number of the first of them: none is its own neighbour.
  /// - Returns: the nearest, in order, for each query.
  func nearest(
    to queries: Span<Float>, count: Int, first: Int? = nil
  ) throws(SimilarityError) -> [[Neighbour]] {
    let total = queries.count / rows.width
    guard count > 0 else { return Array(repeating: [], count: total) }
    var found: [[Neighbour]] = []
    found.reserveCapacity(total)
    for start in stride(from: 0, to: total, by: Self.queryLimit) {
      let part = start..<min(total, start + Self.queryLimit)
      let values = queries.extracting(part.lowerBound * rows.width..<part.upperBound * rows.width)
      let comparison = Comparison<Neighbour>(limit: min(count, rows.count)) { query, row in
        first.map { $0 + start + query == row } ?? false
      } element: { _, row, similarity in
        Neighbour(index: row, similarity: similarity)
      }
      found += try run(values, comparison).found
    }
    return found
  }

  /// Compares queries with all rows of the blocks from one on.
  ///
  /// - Parameter queries: at most ``queryLimit`` vectors of length 1, one behind the other.
  /// - Returns: what was kept for each query, or with a threshold for all together, in order; and how many rows were similar enough.
  func run<Element: RankedBySimilarity>(
    _ queries: Span<Float>, firstBlock: Int = 0, _ comparison: Comparison<Element>
  ) throws(SimilarityError) -> (found: [[Element]], total: Int) {
    let job = ComparisonJob(
      rows, queries: queries, firstBlock: firstBlock, workers: pool.threadCount, comparison)
    pool.run(job, tasks: max(0, rows.blockCount - firstBlock))
    return try job.result()
  }
}

/// What is sought of the rows that queries are compared with.
struct Comparison<Element: RankedBySimilarity> {
  /// How many are kept for each query; with a threshold for all queries together.
  var limit: Int
  /// The least similarity of what is counted; nil to count nothing, and to keep the nearest of each query.
  var threshold: Float?
  /// True for a query and a row that are not compared.
  var skips: (_ query: Int, _ row: Int) -> Bool
  /// Makes what is kept.
  var element: (_ query: Int, _ row: Int, _ similarity: Float) -> Element
}
