import Datasets
import ImageInput
import Messages
import ModelDescriptor
import ResNetModel
import Training

/// The features that a network computes from images: its pooled embeddings, read from a cache where it has them.
struct ImageFeatures {
  /// For each row, the image that it is of.
  private(set) var images: [Int] = []
  /// The features.
  private(set) var rows: FeatureRows
  /// Remarks on images without features, and on what could not be kept.
  private(set) var notices: [Remark] = []

  /// Computes features.
  ///
  /// - Parameters:
  ///   - readable: the images that can be read.
  ///   - sources: the places of all images.
  ///   - digests: the digests of all images.
  /// - Throws: ``FeatureError``, ``ClassificationError``, ``DatasetError``, ``TrainingError``.
  init(
    of readable: [Int], in sources: [ImageSource], digests: [ImageDigest?], model: Model,
    options: DatasetAudit.Options, progress: DatasetAudit.Progress
  ) throws {
    let extractor = try FeatureExtractor(
      model, options: Classifier.Options(threads: options.threads, batch: options.batch))
    let width = extractor.shape.reduce(1, *)
    rows = FeatureRows(width: width, capacity: readable.count)
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
        guard case .success(let tensor) = result.outcome else { return }
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
        rows.append(values)
      }
      progress(.features, start + chunk.count, readable.count)
    }
    if !waiting.isEmpty { try cache?.store(waiting) }
    notices = (cache?.drainNotices() ?? []).map { "\($0)" }
    if withoutFeatures > 0 {
      notices.append("the network has no finite features of \(counted(withoutFeatures, "image"))")
    }
  }

  /// The images whose features are looked for at once.
  private static let chunk = 2048

  /// All that features depend on, beside the images: the weights, the network, the preprocessing.
  private static func key(of model: Model, _ extractor: FeatureExtractor) throws -> String {
    let parts = [
      try model.descriptor.architecture.json(), try JSON.encode(extractor.preprocessing),
    ].map { String(decoding: $0, as: UTF8.self) }
    return (["embeddings 1", model.contentRoot(), extractor.node] + parts).joined(separator: "\u{0}")
  }

  /// Leaves some rows alone, in the given order.
  mutating func keep(_ kept: [Int]) {
    guard kept.count < images.count else { return }
    var chosen = FeatureRows(width: rows.width, capacity: kept.count)
    for row in kept { chosen.append(rows[row]) }
    images = kept.map { images[$0] }
    rows = chosen
  }

  /// Gives the rows away, so that they are in memory once.
  mutating func takeRows() -> FeatureRows {
    let taken = rows
    rows = FeatureRows(width: taken.width, capacity: 0)
    return taken
  }
}
