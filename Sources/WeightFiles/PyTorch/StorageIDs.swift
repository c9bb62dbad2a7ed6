/// Turns `("storage", type, key, location, count[, view])` into a storage, and remembers all storages.
final class StorageIDs {
  private(set) var known: [String: StorageReference] = [:]
  /// The parts of storages that have keys of their own, by these.
  private var views: [String: StorageReference] = [:]
  /// True if ids have a sixth field, as in the legacy stream.
  let hasViews: Bool

  init(hasViews: Bool) {
    self.hasViews = hasViews
  }

  func resolve(
    _ id: PickleValue, in heap: inout PickleHeap, _ cursor: ByteCursor
  ) throws(WeightFileError) -> PickleValue {
    guard let items = heap.tuple(id), let kind = items.first.flatMap(heap.string) else {
      throw cursor.fault(.malformedPickle, "a persistent id that is no tuple with a kind")
    }
    // `("module", class, file, source)`: the class of a module, with its source for comparison.
    if kind == "module", hasViews, items.count == 4, heap.global(items[1]) != nil { return items[1] }
    guard kind == "storage", items.count == 5 || (hasViews && items.count == 6),
      let className = heap.global(items[1]), let key = heap.string(items[2]), heap.string(items[3]) != nil,
      let count = heap.int(items[4]), count >= 0
    else { throw cursor.fault(.malformedPickle, "a persistent id that names no storage") }
    guard Self.isKey(key) else {
      throw cursor.fault(
        .unsafeName, "a storage with the key \(key.prefix(80).debugDescription); keys are numbers")
    }
    let known = TorchGlobals.storageType(className)
    guard let elementSize = known.map({ $0?.byteCount ?? 1 }) ?? TorchGlobals.foreignElementSize(className)
    else {
      throw cursor.fault(.unsupportedTensor, "storages of the type '\(className)' are not supported")
    }
    let (byteCount, overflow) = count.multipliedReportingOverflow(by: elementSize)
    guard !overflow else { throw cursor.fault(.storageMismatch, "storage '\(key)' has \(count) elements") }
    var storage = StorageReference(
      key: key, type: known ?? nil, foreignType: known == nil ? className : nil, byteCount: byteCount,
      part: 0..<byteCount)
    if let other = self.known[key], other != storage {
      throw cursor.fault(.storageMismatch, "storage '\(key)' is described in two ways")
    }
    guard self.known.count < TorchArchive.storageLimit else {
      throw cursor.fault(.pickleLimit, "more than \(TorchArchive.storageLimit) storages")
    }
    self.known[key] = storage
    if items.count == 6, items[5] != .none {
      storage.part = try view(items[5], of: storage, in: heap, cursor)
    }
    // PyTorch keeps both under their keys, and takes the first that it met.
    guard views[key] == nil else {
      throw cursor.fault(.storageMismatch, "'\(key)' is a storage and a view of one; do not trust this file")
    }
    return heap.add(.storage(storage))
  }

  /// True of a number, as the keys of storages are. Those of arrays that a pickle holds itself begin with another sign.
  static func isKey(_ key: String) -> Bool {
    (1...64).contains(key.utf8.count) && key.utf8.allSatisfy { (0x30...0x39).contains($0) || $0 == 0x2D }
  }

  /// `(view key, offset, count)` in elements of the storage.
  private func view(
    _ value: PickleValue, of storage: StorageReference, in heap: PickleHeap, _ cursor: ByteCursor
  ) throws(WeightFileError) -> Range<Int> {
    guard let items = heap.tuple(value), items.count == 3, let name = heap.string(items[0]),
      let offset = heap.int(items[1]),
      let count = heap.int(items[2]), let size = storage.elementSize
    else { throw cursor.fault(.malformedPickle, "a view of a storage without offset and size") }
    guard let part = storage.part.elements(offset, count, size: size) else {
      throw cursor.fault(
        .outOfRange, "a view of \(count) elements from \(offset) on of storage '\(storage.key)'")
    }
    var own = storage
    own.part = part
    guard Self.isKey(name), known[name] == nil, views[name] ?? own == own else {
      throw cursor.fault(
        .storageMismatch, "the view '\(name.prefix(80))' is described in two ways; do not trust this file")
    }
    views[name] = own
    return part
  }
}

extension Range<Int> {
  /// The bytes of `count` elements of `size` bytes from `offset` on; nil when they do not lie within.
  func elements(_ offset: Int, _ count: Int, size: Int) -> Range<Int>? {
    guard offset >= 0, count >= 0 else { return nil }
    let total = self.count / size
    guard offset <= total, count <= total - offset else { return nil }
    let start = lowerBound + offset * size
    return start..<(start + count * size)
  }
}
