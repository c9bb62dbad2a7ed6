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
  package let modules: [ModuleRecord]?
  private let contents: [(name: String, content: StateDict.Content)]
  private let reader: StorageReader

  /// Interprets the file's pickle and finds the tensors in it; their elements stay unread.
  ///
  /// - Parameter stateDictKey: the place of the tensors, with dots between keys; nil looks in the usual places.
  package init(
    _ file: InputFile, container: TorchArchive.Container, stateDictKey: String? = nil
  ) throws(WeightFileError) {
    let archive = try TorchArchive(file, container: container)
    let dict = try StateDict(in: archive, key: stateDictKey, file: file.path)
    let records = dict.tensors.flatMap(\.content.records)
    for record in records {
      if let fault = archive.storageFaults[record.storage.key] { throw fault }
    }
    if archive.isBigEndian { try Self.requireOneOrder(dict.tensors, file: file.path) }
    try Self.requirePlausible(records, storages: archive.storages, file: file.path)
    path = file.path
    self.container = archive.isScript ? "a TorchScript archive" : container.rawValue
    byteCount = file.size
    wholeFile = file
    notes = archive.notes + dict.notes
    stateDict = dict.place
    modules = dict.modules
    contents = dict.tensors
    reader = StorageReader(archive, file: file, records: records)
    tensors = dict.tensors.map { SourceTensor(name: $0, $1) }
  }

  package func read(_ index: Int) throws(WeightFileError) -> Tensor {
    try reader.read(record(index), name: contents[index].name)
  }

  package func elements(_ index: Int) throws(WeightFileError) -> SourceElements {
    try reader.elements(record(index), name: contents[index].name)
  }

  /// True for a quantised tensor, whose integers can be read.
  package func isQuantized(_ index: Int) -> Bool { quantizedRecord(index) != nil }

  func quantizedRecord(_ index: Int) -> QuantizedRecord? { contents[index].content.unreadable?.quantized }

  func read(_ record: TensorRecord, name: String) throws(WeightFileError) -> Tensor {
    try reader.read(record, name: name)
  }

  private func record(_ index: Int) throws(WeightFileError) -> TensorRecord {
    let (name, content) = contents[index]
    switch content {
    case .record(let record): return record
    case .unreadable(let tensor):
      throw WeightFileError(
        .unsupportedTensor, file: path,
        "'\(name)' is \(tensor.what), which is not read; save a plain tensor in Python")
    }
  }

  package func finish() throws(WeightFileError) -> [String] { try reader.finish() }

  /// Refuses tensors of a big-endian file whose elements are of another size than their storage's, as no program writes them: PyTorch turns
  /// the bytes by the storage's.
  private static func requireOneOrder(
    _ tensors: [(name: String, content: StateDict.Content)], file: String
  ) throws(WeightFileError) {
    for (name, content) in tensors {
      guard let record = content.record, !record.hasOrderOfStorage else { continue }
      throw WeightFileError(
        .deceptivePickle, file: file,
        "'\(name.printable)' has elements of \(record.type.rawValue) in a big-endian storage of "
          + "\(record.storage.type?.rawValue ?? "bytes without a type"), whose bytes PyTorch turns otherwise; do not trust this file"
      )
    }
  }

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

extension SourceTensor {
  fileprivate init(name: String, _ content: StateDict.Content) {
    switch content {
    case .record(let record):
      self.init(
        name: name, shape: Shape(record.dimensions), type: record.type.rawValue,
        byteCount: record.elementCount * record.type.byteCount, isSuitable: record.type.elementType != nil)
    case .unreadable(let tensor):
      self.init(
        name: name, shape: Shape(tensor.soundDimensions ?? []), type: tensor.what, byteCount: 0,
        isSuitable: false)
    }
  }
}
