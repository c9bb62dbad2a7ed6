import Files
import Messages
import ResZoo

/// The contents of the user's cache, for people and as JSON.
struct CacheContents: Encodable {
  struct Item: Encodable {
    var kind: String
    var name: String
    var bytes: Int
    /// Seconds since it was written or, for features, used.
    var ageSeconds: Int
    fileprivate var file: ModelCache.Item?

    /// The words for kinds.
    static let kinds = ModelCache.Item.Kind.allCases.map(\.rawValue) + ["features", "weights"]

    enum CodingKeys: CodingKey {
      case kind, name, bytes, ageSeconds
    }
  }

  var folder: String
  var bytes: Int
  var items: [Item]
  private let models: ModelCache
  private let features: FeatureFolder
  private let weights: SharedBytesFolder

  enum CodingKeys: CodingKey {
    case folder, bytes, items
  }

  /// - Throws: ``Failure`` for a list of the user's own that cannot be read.
  init() throws(Failure) {
    let models = ModelCache.ofUser
    let features = FeatureFolder(path: models.folder + "/features", isMade: true)
    let weights = SharedBytesFolder(path: CacheFolder.sharedWeights(in: models.folder))
    (self.models, self.features, self.weights, folder) = (models, features, weights, models.folder)
    let now = DiskSpace.now
    var items = models.items(of: try ModelOperand.index()).map { file in
      Item(
        kind: file.kind.rawValue, name: file.name, bytes: file.byteCount,
        ageSeconds: max(0, now &- file.modified), file: file)
    }
    // A link may lead to files of others.
    let kept = isFolderItself(features.path) ? features.caches() : []
    items += kept.map { cache in
      Item(
        kind: "features", name: cache.name, bytes: cache.byteCount, ageSeconds: max(0, now &- cache.lastUsed))
    }
    if let shared = weights.contents {
      items.append(
        Item(
          kind: "weights", name: "shared by processes", bytes: shared.byteCount,
          ageSeconds: max(0, now &- shared.lastUsed)))
    }
    self.items = items
    bytes = items.reduce(0) { $0 + $1.bytes }
  }

  /// Removes an item; false when it is in use or cannot be removed.
  func remove(_ item: Item) -> Bool {
    if item.kind == "weights" { return weights.clear() }
    guard let file = item.file else { return (try? features.clear([item.name]).isEmpty) == false }
    return models.remove(file)
  }

  var text: String {
    let table = Table(
      head: ["kind", "name", "size", "unused for"],
      rows: items.map { [$0.kind, $0.name, $0.bytes.sizeText, $0.ageSeconds.ageText] }, leftColumns: 2)
    let sums = Item.kinds.compactMap { kind -> String? in
      let parts = items.filter { $0.kind == kind }
      return parts.isEmpty ? nil : "\(kind) \(parts.reduce(0) { $0 + $1.bytes }.sizeText)"
    }
    return (items.isEmpty ? "" : table.text + "\n") + "\(folder.printable): \(items.count.counted("item")), "
      + bytes.sizeText + (sums.count > 1 ? " (\(sums.joined(separator: ", ")))" : "") + "\n"
  }
}

extension Int {
  /// A number of bytes in the usual unit.
  var sizeText: String {
    let units: [(size: Double, name: String)] = [(1e9, "GB"), (1e6, "MB"), (1e3, "kB")]
    guard let unit = units.first(where: { Double(self) >= $0.size }) else { return "\(self) B" }
    return "\((Double(self) / unit.size).text(decimals: 1)) \(unit.name)"
  }

  /// A number of seconds in days, hours or minutes.
  fileprivate var ageText: String {
    if self >= 86_400 { return (self / 86_400).counted("day") }
    return self >= 3600 ? (self / 3600).counted("hour") : (self / 60).counted("minute")
  }
}
