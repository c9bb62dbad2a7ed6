import Files
import Messages

extension TorchArchive {
  /// PyTorch before 0.1.10: `storages`, `tensors` and `pickle` in a TAR archive, which is little-endian.
  static func openTar(_ file: InputFile) throws(WeightFileError) -> TorchArchive {
    let archive = try TarArchive(file)
    func entry(_ name: String) throws(WeightFileError) -> ByteCursor {
      guard let range = archive.entries[name] else {
        throw WeightFileError(
          .missingEntry, file: file.path, "a TAR archive without '\(name)': it is not one of PyTorch's")
      }
      return ByteCursor(file, in: range)
    }
    var table = TarTable()
    try table.readStorages(entry("storages"))
    try table.readTensors(entry("tensors"))
    let cursor = try entry("pickle")
    var heap = PickleHeap()
    var tensors: [String: PickleValue] = [:]
    for (key, record) in table.tensors { tensors[key] = heap.add(.tensor(record)) }
    for (key, storage) in table.storages where tensors[key] == nil {
      tensors[key] = heap.add(.storage(storage))
    }
    let machine = PickleMachine(cursor, heap: heap) { heap, id, cursor throws(WeightFileError) in
      guard let key = try TarTable.key(id, heap, cursor) else {
        throw cursor.fault(.pickledModule, "a persistent id that names neither a tensor nor a storage")
      }
      guard let value = tensors[key] else {
        throw cursor.fault(.missingStorage, "there is no tensor '\(key.prefix(80))'")
      }
      return value
    }
    let root = try machine.run()
    guard cursor.remaining == 0 else {
      throw cursor.fault(.unclaimedBytes, "\(cursor.remaining) bytes follow the pickle")
    }
    var result = TorchArchive(container: .tar, heap: machine.heap, root: root, storages: table.bytes)
    result.addArrays(of: machine)
    return result
  }
}

/// The tables of storages and tensors in a TAR archive.
private struct TarTable {
  var storages: [String: StorageReference] = [:]
  var tensors: [String: TensorRecord] = [:]
  var bytes: [String: StoredBytes] = [:]

  /// A count; then `(key, location, class)`, the number of elements, and the elements, for each; then a list of
  /// views `(key, root's key, offset, count)`.
  mutating func readStorages(_ cursor: ByteCursor) throws(WeightFileError) {
    for _ in 0..<(try Self.count(cursor)) {
      let (heap, value) = try PickleMachine.value(at: cursor)
      guard let items = heap.tuple(value), items.count == 3,
        let key = try Self.key(items[0], heap, cursor), let className = heap.global(items[2])
      else { throw cursor.fault(.malformedPickle, "a storage without key, location and class") }
      guard let type = TorchGlobals.storageType(className), let type else {
        throw cursor.fault(.unsupportedTensor, "storages of the type '\(className)' are not supported")
      }
      let count = try cursor.count(Int64.self)
      let (byteCount, overflow) = count.multipliedReportingOverflow(by: type.byteCount)
      guard !overflow else { throw cursor.fault(.truncated, "a storage of \(count) elements") }
      let storage = StorageReference(key: key, type: type, byteCount: byteCount, part: 0..<byteCount)
      guard storages.updateValue(storage, forKey: key) == nil else {
        throw cursor.fault(.storageMismatch, "storage '\(key)' is there twice")
      }
      bytes[key] = StoredBytes(name: "storage \(key)", start: cursor.position, byteCount: byteCount)
      try cursor.skip(byteCount)
    }
    let (heap, value) = try PickleMachine.value(at: cursor)
    guard let views = heap.list(value) else {
      throw cursor.fault(.malformedPickle, "the list of views is missing")
    }
    for view in views { try addView(view, heap, cursor) }
    guard cursor.remaining == 0 else {
      throw cursor.fault(.unclaimedBytes, "\(cursor.remaining) bytes follow the storages")
    }
  }

  private mutating func addView(
    _ view: PickleValue, _ heap: PickleHeap, _ cursor: ByteCursor
  ) throws(WeightFileError) {
    guard let items = heap.tuple(view), items.count == 4, let key = try Self.key(items[0], heap, cursor),
      let rootKey = try Self.key(items[1], heap, cursor), let offset = heap.int(items[2]),
      let count = heap.int(items[3])
    else { throw cursor.fault(.malformedPickle, "a view without keys, offset and size") }
    guard var storage = storages[rootKey], let type = storage.type else {
      throw cursor.fault(.missingStorage, "there is no storage '\(rootKey)'")
    }
    guard let part = storage.part.elements(offset, count, size: type.byteCount) else {
      throw cursor.fault(.outOfRange, "a view of \(count) elements from \(offset) on of storage '\(rootKey)'")
    }
    storage.part = part
    guard storages.updateValue(storage, forKey: key) == nil else {
      throw cursor.fault(.storageMismatch, "storage '\(key)' is there twice")
    }
  }

  /// A count; then `(key, storage's key, class)`, rank, sizes, strides and offset, for each.
  mutating func readTensors(_ cursor: ByteCursor) throws(WeightFileError) {
    for _ in 0..<(try Self.count(cursor)) {
      let (heap, value) = try PickleMachine.value(at: cursor)
      guard let items = heap.tuple(value), items.count == 3,
        let key = try Self.key(items[0], heap, cursor), let storageKey = try Self.key(items[1], heap, cursor)
      else { throw cursor.fault(.malformedPickle, "a tensor without key, storage and class") }
      guard let storage = storages[storageKey], let type = storage.type else {
        throw cursor.fault(.missingStorage, "there is no storage '\(storageKey)'")
      }
      let rank = try cursor.count(Int32.self)
      guard rank <= TensorRecord.rankLimit else {
        throw cursor.fault(
          .invalidTensor, "\(rank) dimensions; at most \(TensorRecord.rankLimit) are allowed")
      }
      try cursor.skip(4)  // The upper half of what was a 64-bit rank.
      let dimensions = try Self.numbers(rank, cursor)
      let strides = try Self.numbers(rank, cursor)
      let offset = try Int(cursor.integer(Int64.self))
      let record: TensorRecord
      do throws(TensorRecord.Fault) {
        record = try TensorRecord(
          storage: storage, type: type, offset: offset, dimensions: dimensions, strides: strides)
      } catch {
        throw cursor.fault(error.code, "tensor '\(key)': \(error.message)")
      }
      guard tensors.updateValue(record, forKey: key) == nil, storages[key] == nil else {
        throw cursor.fault(.duplicateTensor, "tensor '\(key)' is there twice")
      }
    }
    guard cursor.remaining == 0 else {
      throw cursor.fault(.unclaimedBytes, "\(cursor.remaining) bytes follow the tensors")
    }
  }

  private static func count(_ cursor: ByteCursor) throws(WeightFileError) -> Int {
    guard case .int(let count) = try PickleMachine.value(at: cursor).root,
      (0...TorchArchive.storageLimit).contains(count)
    else { throw cursor.fault(.malformedPickle, "a sound count is missing") }
    return count
  }

  /// Keys are integers, or texts of these in the one spelling that Python gives them; nil for other values.
  static func key(
    _ value: PickleValue, _ heap: PickleHeap, _ cursor: ByteCursor
  ) throws(WeightFileError) -> String? {
    if let number = heap.int(value) { return String(number) }
    guard let text = heap.string(value), StorageIDs.isKey(text) else { return nil }
    guard Int(text).map(String.init) == text else {
      throw cursor.fault(
        .deceptivePickle,
        "the key '\(text)', which PyTorch takes for a number and other programs for another key; do not trust this file"
      )
    }
    return text
  }

  private static func numbers(_ count: Int, _ cursor: ByteCursor) throws(WeightFileError) -> [Int] {
    var numbers: [Int] = []
    for _ in 0..<count { numbers.append(Int(try cursor.integer(Int64.self))) }
    return numbers
  }
}
