import Files

/// The space that a cache may still take of its folder's limit and of its disk.
struct FeatureSpace {
  let folder: FeatureFolder
  /// The name of the cache.
  let name: String
  /// The most bytes of all caches in the folder.
  let limit: Int
  /// Returns the bytes that the disk of a folder has left; nil when that is not known.
  let available: (String) -> Int?

  /// The space of a disk that always stays free: 1 GiB.
  static let reserve = 1 << 30

  /// The number of slots that may be added, and the reason why not more.
  struct Room: Hashable {
    var slots: Int
    var reason: String?
  }

  /// Makes room for `missing` slots beside the `taken` ones: removes the caches that were not used for longest, as long as
  /// that is needed and they are not in use.
  ///
  /// - Precondition: the caller holds the folder's lock.
  func room(for missing: Int, taken: Int, stride: Int) -> Room {
    var others = folder.caches().filter { $0.name != name }
    let slotByteCount = stride + FeatureSlot.byteCount
    let own = taken * slotByteCount
    var sum = others.reduce(0) { $0 + $1.byteCount }
    while true {
      let byLimit = limit - own - sum
      let byDisk = available(folder.path).map { $0 - Self.reserve } ?? .max
      let slots = max(0, min(byLimit, byDisk)) / slotByteCount
      if slots >= missing { return Room(slots: missing) }
      if let index = others.firstIndex(where: { folder.remove($0.name) }) {
        sum -= others[index].byteCount
        others.remove(at: index)
        continue
      }
      let reason =
        byLimit <= byDisk
        ? "the caches in \(folder.path) may take \(Self.text(limit)); raise the limit, or keep features as bf16"
        : "the disk of \(folder.path) has \(Self.text(byDisk + Self.reserve)) left, of which "
          + "\(Self.text(Self.reserve)) stay free; free some space, or name a folder elsewhere"
      return Room(slots: slots, reason: reason)
    }
  }

  private static func text(_ byteCount: Int) -> String {
    byteCount < 10_000_000_000
      ? "\((byteCount + 500_000) / 1_000_000) MB" : "\((byteCount + 500_000_000) / 1_000_000_000) GB"
  }
}
