import Files
import Messages

extension TorchArchive {
  /// PyTorch 1.6 and later: one folder with `data.pkl`, `byteorder` and `data/<key>`.
  static func openZip(_ file: InputFile) throws(WeightFileError) -> TorchArchive {
    let archive = try ZipArchive(file)
    let records = try TorchRecords(archive, in: file)
    let folder = records.folder
    guard let pickle = records["data.pkl"] else {
      throw WeightFileError(
        .missingEntry, file: file.path, "a zip archive without 'data.pkl': it is not one of PyTorch's")
    }
    guard !folder.isEmpty else {
      throw WeightFileError(
        .malformedArchive, file: file.path,
        "'data.pkl' lies in no folder of the archive, so that PyTorch refuses it; save it with 'torch.save' again"
      )
    }
    let isBigEndian = try readByteOrder(records["byteorder"], in: file)

    // A compressed pickle is decoded as a whole.
    let limit =
      pickle.method == .stored
      ? PickleMachine.Limit.pickle
      : min(PickleMachine.Limit.pickle, PickleMachine.Limit.memory / 2 + file.size / 2)
    guard pickle.byteCount <= limit else {
      throw WeightFileError(
        .pickleLimit, file: file.path,
        "'\(pickle.name)' has \(pickle.byteCount) bytes; at most \(limit) are read")
    }
    let cursor = try StoredBytes(pickle).verifiedCursor(in: file)
    let ids = StorageIDs(hasViews: false)
    let machine = PickleMachine(cursor) { heap, id, cursor throws(WeightFileError) in
      try ids.resolve(id, in: &heap, cursor)
    }
    let root = try machine.run()
    guard cursor.remaining == 0 else {
      throw cursor.fault(.unclaimedBytes, "\(cursor.remaining) bytes follow the pickle")
    }

    var result = TorchArchive(container: .zip, heap: machine.heap, root: root, storages: [:])
    for (key, storage) in ids.known {
      if let entry = records["data/\(key)"] {
        if entry.byteCount == storage.byteCount {
          result.storages[key] = StoredBytes(entry)
        } else {
          result.storageFaults[key] = WeightFileError(
            .storageMismatch, file: file.path,
            "'\(entry.name)' has \(entry.byteCount) bytes, but the pickle says \(storage.byteCount)")
        }
      } else {
        result.storageFaults[key] = WeightFileError(
          .missingStorage, file: file.path, "there is no entry '\(folder)data/\(key)'")
      }
    }
    result.addArrays(of: machine)
    if records["constants.pkl"] != nil {
      result.isScript = true
      result.program = try ScriptProgram(archive.entries, folder: folder, in: file)
      result.notes.append("source: a TorchScript archive; its program is not run")
    }
    guard result.isScript == result.isObjectOfProgram(root) else {
      throw WeightFileError(
        .malformedArchive, file: file.path,
        result.isScript
          ? "'constants.pkl' says that this is a TorchScript archive, and 'data.pkl' holds no module of a program; PyTorch refuses it: do not trust this file"
          : "'data.pkl' holds a module of a TorchScript program, and there is no 'constants.pkl'; PyTorch refuses it: do not trust this file"
      )
    }
    result.isBigEndian = isBigEndian
    let data = folder + "data/"
    result.others = archive.entries.filter { !$0.name.hasPrefix(data) && $0.name != pickle.name }.map(
      StoredBytes.init)
    let unchecked = archive.entries.count { $0.checksum == nil }
    if unchecked > 0 {
      result.notes.append(
        "checksums: \(unchecked) of \(archive.entries.count) entries have none, so damage would not be noticed"
      )
    }
    if isBigEndian { result.notes.append("byte order: big-endian, as the file says") }
    return result
  }

  /// True of an object whose class a program of TorchScript has.
  private func isObjectOfProgram(_ value: PickleValue) -> Bool {
    heap.object(value)?.name.hasPrefix("__torch__.") == true
  }

  private static func readByteOrder(_ entry: ZipEntry?, in file: InputFile) throws(WeightFileError) -> Bool {
    guard let entry else { return false }
    guard entry.byteCount <= 16 else {
      throw WeightFileError(
        .malformedArchive, file: file.path,
        "'\(entry.name)' has \(entry.byteCount) bytes; it must say 'little' or 'big'")
    }
    switch String(decoding: try StoredBytes(entry).array(from: file), as: UTF8.self) {
    case "little": return false
    case "big": return true
    case let other:
      throw WeightFileError(
        .malformedArchive, file: file.path,
        "'\(entry.name)' says \(other.debugDescription), not 'little' or 'big'")
    }
  }
}
