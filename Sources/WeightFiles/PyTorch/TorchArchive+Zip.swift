import Files
import Messages

extension TorchArchive {
  /// PyTorch 1.6 and later: one folder with `data.pkl`, `byteorder` and `data/<key>`.
  static func openZip(_ file: InputFile) throws(WeightFileError) -> TorchArchive {
    let archive = try ZipArchive(file)
    let entries = Dictionary(uniqueKeysWithValues: archive.entries.map { ($0.name, $0) })
    try archive.requireOneSpelling(in: file)
    let pickles = archive.entries.filter { $0.name.hasSuffix("/data.pkl") || $0.name == "data.pkl" }
    guard let pickle = pickles.first else {
      throw WeightFileError(
        .missingEntry, file: file.path, "a zip archive without 'data.pkl': it is not one of PyTorch's")
    }
    guard pickles.count == 1 else {
      throw WeightFileError(
        .duplicateEntry, file: file.path, "both '\(pickle.name)' and '\(pickles[1].name)' are in the archive")
    }
    let folder = pickle.name.dropLast("data.pkl".count)
    let isBigEndian = try readByteOrder(entries["\(folder)byteorder"], in: file)

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
      if let entry = entries["\(folder)data/\(key)"] {
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
    if entries[folder + "constants.pkl"] != nil {
      result.isScript = true
      result.program = try ScriptProgram(archive.entries, folder: String(folder), in: file)
      result.notes.append("source: a TorchScript archive; its program is not run")
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
