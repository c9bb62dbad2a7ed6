import Datasets
import Files
import ImageInput
import Messages
import ModelDescriptor
import ResNetModel
import Training

/// The features that a network computes from images: its pooled embeddings, read from a cache where it has them.
struct ImageFeatures {
  /// For each row, the image that it is of.
  private(set) var images: [Int] = []
  /// The features, each row at a length of 1; nil where no image has any.
  private(set) var table: EmbeddingTable?
  /// Remarks on images without features, and on what could not be kept.
  private(set) var notices: [Remark] = []

  /// Computes features.
  ///
  /// - Parameters:
  ///   - readable: the images that can be read.
  ///   - sources: the places of all images.
  ///   - digests: the digests of all images.
  ///   - stamps: the states of their files before.
  /// - Throws: ``FeatureError``, ``SimilarityError``, ``ClassificationError``, ``DatasetError``, ``TrainingError``.
  init(
    of readable: [Int], in sources: [ImageSource], digests: [ImageDigest?], stamps: [FileStamp?],
    model: Model,
    options: DatasetAudit.Options, progress: DatasetAudit.Progress
  ) throws {
    let extractor = try FeatureExtractor(
      model, options: Classifier.Options(threads: options.threads, batch: options.batch))
    let width = try extractor.embeddingWidth()
    var floats: [Float] = []
    floats.reserveCapacity(width * readable.count)
    let key = try Self.key(of: model, extractor)
    let cache = try options.cache.map { kept in
      try VectorCache(key: key, count: width, images: digests, options: kept)
    }
    var found: [Int: [Float]] = [:]
    var waiting: [(image: Int, values: [Float])] = []
    var withoutFeatures = 0
    // Some images at a time: what comes from the cache and what is computed go into rows in the order of the images.
    for start in stride(from: 0, to: readable.count, by: Self.chunk) {
      let chunk = readable[start..<min(start + Self.chunk, readable.count)]
      found.removeAll(keepingCapacity: true)
      for image in chunk { found[image] = cache?.read(image) }
      let missing = chunk.filter { found[$0] == nil }
      var place = 0
      try extractor.features(images: missing.map { sources[$0] }) { result in
        let image = missing[place]
        place += 1
        guard case .success(let tensor) = result.outcome,
          FileStamp(path: sources[image].path) == stamps[image]
        else { return }
        let floats = tensor.floats
        var values: [Float] = []
        values.reserveCapacity(width)
        for index in floats.indices { values.append(floats[index]) }
        guard values.allSatisfy(\.isFinite) else { return }
        found[image] = values
        if cache != nil { waiting.append((image, values)) }
        if waiting.count == VectorCache.batchSize {
          try cache?.store(waiting)
          waiting = []
        }
        progress(.features, start + chunk.count - missing.count + place, readable.count)
      }
      for image in chunk {
        guard let values = found[image], values.count == width else {
          withoutFeatures += 1
          continue
        }
        images.append(image)
        floats += values
      }
      progress(.features, start + chunk.count, readable.count)
    }
    if !waiting.isEmpty { try cache?.store(waiting) }
    table = try Self.table(&floats, width: width, names: images.map { sources[$0].description })
    notices = (cache?.drainNotices() ?? []).map { "\($0)" }
    if withoutFeatures > 0 {
      notices.append(
        "the network has no finite features of \(counted(withoutFeatures, "image"))")
    }
  }

  /// The images whose features are looked for at once.
  private static let chunk = 2048

  /// The rows as a table; they are gone afterwards, as they are large.
  private static func table(
    _ floats: inout [Float], width: Int, names: [String]
  ) throws(SimilarityError) -> EmbeddingTable? {
    guard !names.isEmpty else { return nil }
    var taken: [Float] = []
    swap(&taken, &floats)
    return try EmbeddingTable(scaling: consume taken, width: width, names: names)
  }

  /// All that features depend on, beside the images: the weights, the network, the preprocessing.
  private static func key(of model: Model, _ extractor: FeatureExtractor) throws -> String {
    let parts = [
      try model.descriptor.architecture.json(), try JSON.encode(extractor.preprocessing),
    ].map { String(decoding: $0, as: UTF8.self) }
    return (["embeddings 1", model.contentRoot(), extractor.node] + parts).joined(separator: "\u{0}")
  }

  /// Takes the rows of some images for a regression, and gives back the memory of all.
  ///
  /// - Parameter members: places in ``images``.
  mutating func takeRows(_ members: [Int]) -> FeatureRows {
    guard let table else { return FeatureRows(width: 0, capacity: 0) }
    var rows = FeatureRows(width: table.width, capacity: members.count)
    for row in members { rows.append(table.floats[row * table.width..<(row + 1) * table.width]) }
    self.table = nil
    return rows
  }
}
