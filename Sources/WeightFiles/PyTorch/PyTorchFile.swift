package import Files
package import Messages
package import TensorCore

/// The weights in a PyTorch file of any of its three containers. Nothing in the file is executed.
package final class PyTorchFile: WeightSource {
  package let path: String
  package let container: String
  package let byteCount: Int
  package let tensors: [SourceTensor]
  package let notes: [Remark]
  package let wholeFile: InputFile?
  package let stateDict: StateDictPlace?
  private let records: [(name: String, record: TensorRecord)]
  private let reader: StorageReader

  /// Interprets the file's pickle and finds the tensors in it; their elements stay unread.
  ///
  /// - Parameter stateDictKey: the place of the tensors, with dots between keys; nil looks in the usual places.
  package init(
    _ file: InputFile, container: TorchArchive.Container, stateDictKey: String? = nil
  ) throws(WeightFileError) {
    let archive = try TorchArchive(file, container: container)
    let dict = try StateDict(in: archive, key: stateDictKey, file: file.path)
    let records = dict.tensors.map(\.record)
    try Self.requirePlausible(records, storages: archive.storages, file: file.path)
    path = file.path
    self.container = container.rawValue
    byteCount = file.size
    wholeFile = file
    notes = archive.notes + dict.notes
    stateDict = dict.place
    self.records = dict.tensors
    reader = StorageReader(archive, file: file, records: records)
    tensors = dict.tensors.map { name, record in
      SourceTensor(
        name: name, shape: Shape(record.dimensions), type: record.type.rawValue,
        byteCount: record.elementCount * record.type.byteCount)
    }
  }

  package func read(_ index: Int) throws(WeightFileError) -> Tensor {
    try reader.read(records[index].record, name: records[index].name)
  }

  package func elements(_ index: Int) throws(WeightFileError) -> SourceElements {
    try reader.elements(records[index].record, name: records[index].name)
  }

  package func finish() throws(WeightFileError) -> [String] { try reader.finish() }

  /// Refuses tensors that have many more elements than are stored, and tensors that would need the same bytes to be read
  /// many times over: both legal in PyTorch, and a way to ask for any amount of memory or time.
  private static func requirePlausible(
    _ records: [TensorRecord], storages: [String: StoredBytes], file: String
  ) throws(WeightFileError) {
    var keys: Set<String> = []
    var logical = 0.0
    var read = 0.0
    for record in records {
      keys.insert(record.storage.key)
      logical += Double(record.elementCount) * Double(record.type.byteCount)
      read += Double(record.byteRange.count)
    }
    let stored = keys.reduce(0.0) { $0 + Double(storages[$1]?.byteCount ?? 0) }
    guard logical <= 4 * stored + 0x1p20, read <= 16 * stored + 0x1p20 else {
      throw WeightFileError(
        .tensorExpansion, file: file,
        "the tensors have \(Int(min(max(logical, read), 1e18))) bytes, but only \(Int(min(stored, 1e18))) are stored"
      )
    }
  }
}
