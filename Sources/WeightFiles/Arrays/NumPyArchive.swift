import Files
import Messages
import TensorCore

/// Opens a `.npz` archive: a zip archive with a `.npy` file for each array.
///
/// - Throws: ``WeightFileError`` with any code of archives, or `malformedHeader`.
func openNumPyArchive(_ file: InputFile) throws(WeightFileError) -> ArrayWeights {
  var arrays: [StoredArray] = []
  var others = 0
  let entries = try ZipArchive(file).entries
  let names = Set(entries.map(\.name))
  for entry in entries {
    guard entry.name.hasSuffix(".npy") else {
      // NumPy goes by the first bytes, and gives the array under its whole name.
      guard try StoredBytes(entry).prefix(6, in: file) != [0x93] + Array("NUMPY".utf8) else {
        throw WeightFileError(
          .malformedArchive, file: file.path,
          "the array '\(entry.name.printable)' lacks the ending '.npy' that NumPy gives each: rename the entry to '\(entry.name.printable).npy'"
        )
      }
      others += 1
      continue
    }
    let name = String(entry.name.dropLast(".npy".count))
    guard !names.contains(name) else {
      throw WeightFileError(
        .duplicateEntry, file: file.path,
        "there are '\(name)' and '\(entry.name)', and NumPy takes the first for the array '\(name)'; do not trust this file"
      )
    }
    arrays.append(try StoredArray(npy: entry, in: file))
  }
  let objects = arrays.filter { $0.typeName.utf8.contains(UInt8(ascii: "O")) }
  var notes: [Remark] = others > 0 ? ["left out: \(others) entries that are no arrays"] : []
  if let first = objects.first {
    notes.append(
      "not read: \(objects.count) of the arrays, as '\(first.name.printable)', which hold objects of Python; NumPy runs what is in them if it may (allow_pickle)"
    )
  }
  return try ArrayWeights(file, container: "an archive of NumPy arrays", arrays: arrays, notes: notes)
}

extension StoredArray {
  /// Reads the header of one array.
  fileprivate init(npy entry: ZipEntry, in file: InputFile) throws(WeightFileError) {
    let name = String(entry.name.dropLast(".npy".count))
    let stored = StoredBytes(entry)
    let start = try stored.prefix(NPY.prefixLimit, in: file)
    let fields: NPY.Fields
    let headerCount: Int
    do throws(NPY.FormatError) {
      (fields, headerCount) = try NPY.parseHeader(start)
    } catch {
      throw WeightFileError(.malformedHeader, file: file.path, "'\(entry.name)': \(error.message)")
    }
    self.init(
      name: name, typeName: fields.type, dimensions: fields.shape, bytes: stored, headerCount: headerCount)
    guard let (type, isBigEndian) = ScalarType.numPy(fields.type) else { return }
    self.isBigEndian = isBigEndian
    let count = entry.byteCount - headerCount
    let storage = StorageReference(key: name, type: type, byteCount: count, part: 0..<count)
    do throws(TensorRecord.Fault) {
      let record = try TensorRecord(
        storage: storage, type: type, offset: 0, dimensions: fields.shape,
        strides: Self.strides(fields.shape, isFortranOrder: fields.isFortranOrder))
      guard record.elementCount * type.byteCount == count else {
        throw TensorRecord.Fault(
          code: .invalidTensor, message: "\(count) bytes for the shape \(fields.shape) of '\(fields.type)'")
      }
      self.record = record
    } catch {
      throw WeightFileError(error.code, file: file.path, "'\(entry.name)': \(error.message)")
    }
  }
}

extension StoredBytes {
  /// The first bytes, at most `limit`, not compared with the checksum.
  fileprivate func prefix(_ limit: Int, in file: InputFile) throws(WeightFileError) -> [UInt8] {
    let count = min(limit, byteCount)
    guard isDeflated else { return try file.array(in: start..<(start + count)) }
    let stream = DeflatedStream(self, in: file)
    var buffer = AlignedBuffer(byteCount: count)
    var done = 0
    while done < count {
      var target = buffer.mutableBytes(in: done..<count)
      done += try stream.next(into: &target)
    }
    return [UInt8](copying: buffer.bytes)
  }
}
