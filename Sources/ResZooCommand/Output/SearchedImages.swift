import Files
import ResZoo

/// The images that `similar` searches: an index, or a folder whose embeddings are computed.
enum SearchedImages {
  case index(EmbeddingIndex)
  case table(EmbeddingTable)

  /// - Parameters:
  ///   - place: a folder of images, or an index.
  ///   - origin: the origin of the queries, which that of an index must be.
  ///   - embed: computes the embeddings of a folder.
  init(
    _ place: String, _ origin: EmbeddingOrigin, embed: (String) throws -> EmbeddingTable
  ) throws(Failure) {
    guard isFolder(place) else {
      let index = try reporting(place) { () throws in
        let index = try EmbeddingIndex(path: place)
        try index.requireComparable(with: origin)
        return index
      }
      self = .index(index)
      return
    }
    let table = try reporting(place) { try embed(place) }
    guard table.count > 0 else { throw Failure(.noInput, "\(place): none of its images could be read") }
    self = .table(table)
  }

  var count: Int {
    switch self {
    case .index(let index): index.count
    case .table(let table): table.count
    }
  }

  func nearest(to queries: EmbeddingTable, count: Int, threads: Int) throws(SimilarityError) -> [[Neighbour]]
  {
    switch self {
    case .index(let index): try index.nearest(toEachOf: queries, count: count, threads: threads)
    case .table(let table): try table.nearest(toEachOf: queries, count: count, threads: threads)
    }
  }

  func name(of row: Int) throws(SimilarityError) -> String {
    switch self {
    case .index(let index): try index.name(of: row)
    case .table(let table): table.names[row]
    }
  }
}
