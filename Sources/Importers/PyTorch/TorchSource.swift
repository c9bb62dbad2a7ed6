import Files
import Messages
import ModelDescriptor
import TensorCore

/// Opens the weights in a PyTorch file of any of its three containers. Nothing in the file is executed.
func openPyTorch(
  _ file: InputFile, container: TorchArchive.Container, options: ImportOptions
) throws(ImportError) -> WeightSource {
  let archive = try TorchArchive(file, container: container)
  let dict = try StateDict(in: archive, key: options.stateDictKey, file: file.path)
  let records = dict.tensors.map(\.record)
  try requirePlausible(records, storages: archive.storages, file: file.path)
  let reader = StorageReader(archive, file: file, records: records)
  let name = FileName(file.path)
  var source = WeightSource(
    file: file.path, container: container.rawValue, byteCount: file.size,
    tensors: dict.tensors.map { name, record in
      SourceTensor(
        name: name, shape: Shape(record.dimensions), type: record.type.rawValue,
        byteCount: record.elementCount * record.type.byteCount
      ) { () throws(ImportError) in
        try reader.read(record, name: name)
      } elements: { () throws(ImportError) in
        try reader.elements(record, name: name)
      }
    },
    claims: SourceClaims(
      file: file.path, architecture: name.architecture.map { .name($0) }, evidence: "as the file's name says",
      basis: name.architecture.map { "the file's name says \($0), whose preset is so" },
      origin: Origin(kind: .imported, source: name.base)),
    notes: archive.notes + dict.notes)
  source.stateDict = dict.place
  source.fingerprint = { Fingerprint(file, expectedPrefix: name.digestPrefix) }
  source.finish = { () throws(ImportError) in try reader.finish() }
  return source
}

/// Refuses tensors that have many more elements than are stored, and tensors that would need the same bytes to be read
/// many times over: both legal in PyTorch, and a way to ask for any amount of memory or time.
private func requirePlausible(
  _ records: [TensorRecord], storages: [String: StoredBytes], file: String
) throws(ImportError) {
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
    throw ImportError(
      .tensorExpansion, file: file,
      "the tensors have \(Int(min(max(logical, read), 1e18))) bytes, but only \(Int(min(stored, 1e18))) are stored"
    )
  }
}
