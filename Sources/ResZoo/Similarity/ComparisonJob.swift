import LinearAlgebra
import Threads

/// Queries compared with blocks of rows: a task is a block. Each worker keeps what it finds; ``result()`` joins it.
final class ComparisonJob<Rows: EmbeddingRows, Element: RankedBySimilarity>: ParallelJob {
  /// The memory of one worker.
  private final class Worker {
    var rows: [Float] = []
    var products: [Float] = []
    /// For each query, or for all together.
    var found: [FirstElements<Element>]
    /// The number of rows that were similar enough, for all queries.
    var total = 0

    init(lists: Int, limit: Int) {
      found = Array(repeating: FirstElements(limit: limit), count: lists)
    }
  }

  private let rows: Rows
  private let queries: [Float]
  private let queryCount: Int
  /// The squared length of each query.
  private let lengths: [Double]
  private let firstBlock: Int
  private let workers: [Worker]
  private let comparison: Comparison<Element>
  private let error = Locked<SimilarityError?>(nil)

  /// As ``NeighbourSearch/run(_:firstBlock:_:)``, for so many workers.
  init(
    _ rows: Rows, queries: Span<Float>, firstBlock: Int, workers: Int, _ comparison: Comparison<Element>
  ) {
    let width = rows.width
    let count = queries.count / width
    self.rows = rows
    self.queries = queries.indices.map { queries[$0] }
    queryCount = count
    lengths = (0..<count).map { squaredLength(queries.extracting($0 * width..<($0 + 1) * width)) }
    self.firstBlock = firstBlock
    let listCount = comparison.threshold == nil ? count : 1
    self.workers = (0..<workers).map { _ in Worker(lists: listCount, limit: comparison.limit) }
    self.comparison = comparison
  }

  func run(task: Int, worker: Int) {
    guard error.withLock({ $0 }) == nil else { return }
    do throws(SimilarityError) {
      try compare(block: firstBlock + task, workers[worker])
    } catch {
      let fault = error
      self.error.withLock { $0 = $0 ?? fault }
    }
  }

  /// What all workers found.
  func result() throws(SimilarityError) -> (found: [[Element]], total: Int) {
    if let error = error.withLock({ $0 }) { throw error }
    let found = workers[0].found.indices.map { list in
      var all = workers[0].found[list]
      for worker in workers.dropFirst() { all.insert(worker.found[list]) }
      return all.sorted
    }
    return (found, workers.reduce(0) { $0 + $1.total })
  }

  private func compare(block: Int, _ worker: Worker) throws(SimilarityError) {
    // Taken out of the worker, so that their parts can be lent.
    var memory: [Float] = []
    var products: [Float] = []
    swap(&memory, &worker.rows)
    swap(&products, &worker.products)
    defer {
      swap(&memory, &worker.rows)
      swap(&products, &worker.products)
    }
    // A span is of a variable, not of a property of an object.
    let queries = queries
    let range = rows.rows(ofBlock: block)
    let count = queryCount * range.count
    if products.count != count { products = Array(repeating: 0, count: count) }
    try rows.withBlock(block, memory: &memory) { values throws(SimilarityError) in
      do throws(LinearAlgebraError) {
        var target = products.mutableSpan
        try LinearAlgebra.multiply(queries.span, values, width: rows.width, into: &target)
      } catch {
        throw SimilarityError(error)
      }
      for query in 0..<queryCount {
        try scan(
          products.span.extracting(query * range.count..<(query + 1) * range.count), of: query,
          queries.span.extracting(query * rows.width..<(query + 1) * rows.width), values, block: block, worker
        )
      }
    }
  }

  /// Looks through the products of one query with a block.
  private func scan(
    _ products: Span<Float>, of query: Int, _ vector: Span<Float>, _ values: Span<Float>, block: Int,
    _ worker: Worker
  ) throws(SimilarityError) {
    let (width, error) = (rows.width, rows.productError)
    let first = rows.rows(ofBlock: block).lowerBound
    var least = leastOfInterest(query, worker)
    for row in products.indices {
      let product = products[row]
      guard product.isFinite else { throw rows.fault(inBlock: block) }
      guard product >= least - error, !comparison.skips(query, first + row) else { continue }
      let other = values.extracting(row * width..<(row + 1) * width)
      let length = squaredLength(other)
      guard length == 0 || abs(length.squareRoot() - 1) <= Double(2 * rows.lengthError) else {
        throw rows.fault(inBlock: block)
      }
      let exact = fixedProduct(vector, other)
      let similarity = cosine(product: exact, lengths[query], length)
      guard similarity >= least else { continue }
      worker.total += 1
      worker.found[comparison.threshold == nil ? query : 0].insert(
        comparison.element(query, first + row, similarity))
      least = leastOfInterest(query, worker)
    }
  }

  /// The similarity below which a row is of no interest for a query.
  private func leastOfInterest(_ query: Int, _ worker: Worker) -> Float {
    comparison.threshold ?? worker.found[query].last?.similarity ?? -.infinity
  }
}
