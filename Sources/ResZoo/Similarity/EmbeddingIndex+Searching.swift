extension EmbeddingIndex {
  /// Finds the embeddings of the index that are nearest to another one, as ``EmbeddingTable/nearest(to:count:threads:)``.
  ///
  /// - Parameters:
  ///   - query: an embedding of the index's width, of any length.
  ///   - wanted: how many are wanted; there are fewer if the index has fewer.
  ///   - threads: how many threads compute; 0 for all processors.
  /// - Returns: the nearest, in order.
  /// - Throws: ``SimilarityError`` with `missingLibrary`, `otherWidth`, `notFinite` or `damaged`.
  public func nearest(
    to query: [Float], count wanted: Int, threads: Int = 0
  ) throws(SimilarityError) -> [Neighbour] {
    let unit = try EmbeddingTable.unitQuery(query, width: width)
    return try NeighbourSearch(self, threads: threads).nearest(to: unit.span, count: max(0, wanted))[0]
  }

  /// Finds the nearest to each of several embeddings, for which the index is read once for every 128 of them.
  ///
  /// - Parameters:
  ///   - queries: embeddings of the index's width.
  ///   - wanted: how many are wanted for each.
  ///   - threads: how many threads compute; 0 for all processors.
  /// - Returns: the nearest to each, in order.
  /// - Throws: as ``nearest(to:count:threads:)``.
  public func nearest(
    toEachOf queries: EmbeddingTable, count wanted: Int, threads: Int = 0
  ) throws(SimilarityError) -> [[Neighbour]] {
    try EmbeddingTable.requireWidth(queries.width, width)
    return try NeighbourSearch(self, threads: threads).nearest(
      to: queries.floats.span, count: max(0, wanted))
  }
}
