import Files

extension TorchArchive {
  /// PyTorch 0.1.10 to 1.5: five pickles, then each storage with its number of elements before it. Storages are
  /// little-endian, whatever the machine was.
  static func openStream(_ file: InputFile) throws(WeightFileError) -> TorchArchive {
    let cursor = ByteCursor(file, in: 0..<file.size)
    try expectHeading(cursor)
    let ids = StorageIDs(hasViews: true)
    let machine = PickleMachine(cursor) { heap, id, cursor throws(WeightFileError) in
      try ids.resolve(id, in: &heap, cursor)
    }
    let root = try machine.run()

    let (keyHeap, list) = try PickleMachine.value(at: cursor)
    guard let items = keyHeap.list(list) else {
      throw cursor.fault(.malformedPickle, "the list of storages is missing")
    }
    let keys = items.compactMap(keyHeap.string)
    guard keys.count == items.count, Set(keys).count == keys.count, Set(keys) == Set(ids.known.keys) else {
      throw cursor.fault(.storageMismatch, "the list of storages is not that of the storages in use")
    }
    var storages: [String: StoredBytes] = [:]
    for key in keys {
      guard let storage = ids.known[key], let size = storage.elementSize else {
        throw cursor.fault(.malformedPickle, "storage '\(key)' has no type")
      }
      let count = try cursor.integer(Int64.self)
      guard count == Int64(storage.byteCount / size) else {
        throw cursor.fault(
          .storageMismatch,
          "storage '\(key)' has \(count) elements, but the pickle says \(storage.byteCount / size)")
      }
      storages[key] = StoredBytes(
        name: "storage \(key)", start: cursor.position, byteCount: storage.byteCount)
      try cursor.skip(storage.byteCount)
    }
    guard cursor.remaining == 0 else {
      throw cursor.fault(.unclaimedBytes, "\(cursor.remaining) bytes follow the last storage")
    }
    var archive = TorchArchive(container: .stream, heap: machine.heap, root: root, storages: storages)
    archive.addArrays(of: machine)
    return archive
  }

  /// Reads the magic number, the version, and the description of the machine, whose fields do not matter here.
  private static func expectHeading(_ cursor: ByteCursor) throws(WeightFileError) {
    let magic = try PickleMachine.value(at: cursor)
    guard case .bigInteger = magic.heap[magic.root] else {
      throw cursor.fault(.unknownFormat, "this pickle is not one of PyTorch's")
    }
    guard try PickleMachine.value(at: cursor).root == .int(1001) else {
      throw cursor.fault(.unsupportedVersion, "a stream of another version than 1001")
    }
    let system = try PickleMachine.value(at: cursor)
    guard system.heap.dict(system.root) != nil else {
      throw cursor.fault(.malformedPickle, "the description of the system is missing")
    }
  }
}
