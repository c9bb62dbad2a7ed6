import LinearAlgebra

extension EmbeddingTable {
  /// Looks for the library that searches need, which is opened: what takes long before a search need not be in vain.
  ///
  /// - Throws: ``SimilarityError`` with `missingLibrary`.
  public static func requireLibrary() throws(SimilarityError) {
    do throws(LinearAlgebraError) { try LinearAlgebra.open() } catch { throw SimilarityError(error) }
  }

  /// Finds the embeddings that are nearest to another one, by the cosine of the angle between them. The answer is exact: it depends neither on
  /// the number of threads nor on the library that multiplies.
  ///
  /// - Parameters:
  ///   - query: an embedding of the table's width, of any length.
  ///   - wanted: how many are wanted; there are fewer if the table has fewer.
  ///   - threads: how many threads compute; 0 for all processors.
  /// - Returns: the nearest, in order; one that is the query itself is among them.
  /// - Throws: ``SimilarityError`` with `missingLibrary`, `otherWidth` or `notFinite`.
  public func nearest(
    to query: [Float], count wanted: Int, threads: Int = 0
  ) throws(SimilarityError) -> [Neighbour] {
    let unit = try Self.unitQuery(query, width: width)
    return try NeighbourSearch(self, threads: threads).nearest(to: unit.span, count: max(0, wanted))[0]
  }

  /// Finds the nearest to each of several embeddings, as ``nearest(to:count:threads:)`` does for one.
  ///
  /// - Parameters:
  ///   - queries: embeddings of the table's width.
  ///   - wanted: how many are wanted for each.
  ///   - threads: how many threads compute; 0 for all processors.
  /// - Returns: the nearest to each, in order.
  /// - Throws: ``SimilarityError`` with `missingLibrary` or `otherWidth`.
  public func nearest(
    toEachOf queries: EmbeddingTable, count wanted: Int, threads: Int = 0
  ) throws(SimilarityError) -> [[Neighbour]] {
    try Self.requireWidth(queries.width, width)
    return try NeighbourSearch(self, threads: threads).nearest(
      to: queries.floats.span, count: max(0, wanted))
  }

  /// Finds for each row the other rows that are nearest to it, as ``nearest(to:count:threads:)`` does for one query.
  ///
  /// - Parameters:
  ///   - wanted: how many are wanted for each; there are fewer if the table has not so many others.
  ///   - threads: how many threads compute; 0 for all processors.
  ///   - observe: gets, from time to time, the number of rows that are done.
  /// - Returns: for each row its nearest, in order, itself not among them.
  /// - Throws: ``SimilarityError`` with `missingLibrary`.
  /// - Complexity: O(count² × width); memory for the results alone.
  public func nearestOfEach(
    count wanted: Int, threads: Int = 0, _ observe: (Int) -> Void = { _ in }
  ) throws(SimilarityError) -> [[Neighbour]] {
    let search = try NeighbourSearch(self, threads: threads)
    var found: [[Neighbour]] = []
    found.reserveCapacity(count)
    while found.count < count {
      let part = rows(ofQueriesFrom: found.count)
      let queries = floats.span.extracting(part.lowerBound * width..<part.upperBound * width)
      found += try search.nearest(to: queries, count: max(0, wanted), first: part.lowerBound)
      observe(found.count)
    }
    return found
  }

  /// Finds all pairs of rows that are at least so similar.
  ///
  /// - Parameters:
  ///   - threshold: the least cosine of the angle between the two.
  ///   - limit: how many are kept, the most similar of all; the others are counted.
  ///   - threads: how many threads compute; 0 for all processors.
  ///   - observe: gets, from time to time, the number of rows that are compared with all behind them.
  /// - Returns: the pairs, the most similar first.
  /// - Throws: ``SimilarityError`` with `missingLibrary`.
  /// - Complexity: O(count² × width), and O(width) for each pair; memory for `limit` pairs for each thread.
  public func pairs(
    atLeast threshold: Float, limit: Int = 1_000_000, threads: Int = 0, _ observe: (Int) -> Void = { _ in }
  ) throws(SimilarityError) -> EmbeddingPairs {
    let search = try NeighbourSearch(self, threads: threads)
    var kept = FirstElements<EmbeddingPair>(limit: max(0, limit))
    var (done, total) = (0, 0)
    while done < count {
      let part = rows(ofQueriesFrom: done)
      let start = part.lowerBound
      let comparison = Comparison<EmbeddingPair>(limit: max(0, limit), threshold: threshold) { query, row in
        row <= start + query
      } element: { query, row, similarity in
        EmbeddingPair(first: start + query, second: row, similarity: similarity)
      }
      let queries = floats.span.extracting(start * width..<part.upperBound * width)
      let found = try search.run(queries, firstBlock: start / blockRowCount, comparison)
      for pair in found.found.joined() { kept.insert(pair) }
      total += found.total
      done = part.upperBound
      observe(done)
    }
    return EmbeddingPairs(pairs: kept.sorted, total: total)
  }

  /// A query of a search, of length 1 or zero.
  static func unitQuery(_ query: [Float], width: Int) throws(SimilarityError) -> [Float] {
    try requireWidth(query.count, width)
    guard let unit = unitVector(query.span) else {
      throw SimilarityError(.notFinite, "an embedding has numbers that are infinite or not numbers")
    }
    return unit
  }

  static func requireWidth(_ given: Int, _ width: Int) throws(SimilarityError) {
    guard given == width else {
      throw SimilarityError(
        .otherWidth,
        "an embedding of \(given) numbers is compared with embeddings of \(width); take the same network and node"
      )
    }
  }

  private func rows(ofQueriesFrom start: Int) -> Range<Int> {
    start..<min(count, start + NeighbourSearch<EmbeddingTable>.queryLimit)
  }
}
