import Files
import Messages
import TensorCore

/// Reads tensors out of the storages of one file. Each storage's checksum is verified once.
final class StorageReader {
  private let file: InputFile
  private let isBigEndian: Bool
  private var storages: [String: StoredBytes]
  /// The number of tensors that look into each storage.
  private var uses: [String: Int] = [:]
  private var verified: Set<String> = []
  /// Decoded storages that several tensors, or a part, are taken from.
  private var decoded: [String: AlignedBytes] = [:]
  private var others: [StoredBytes]
  private var conversions = ConversionNotes()

  /// Bytes that are shared.
  private final class AlignedBytes {
    let buffer: AlignedBuffer
    init(_ buffer: consuming AlignedBuffer) { self.buffer = buffer }

    func copy(of range: Range<Int>) -> AlignedBuffer {
      precondition(range.upperBound <= buffer.byteCount, "bytes \(range) of \(buffer.byteCount)")
      let part = AlignedBuffer(byteCount: range.count, uninitialized: true)
      unsafe part.baseAddress.copyMemory(from: buffer.baseAddress + range.lowerBound, byteCount: range.count)
      return part
    }
  }

  init(_ archive: TorchArchive, file: InputFile, records: [TensorRecord]) {
    self.file = file
    isBigEndian = archive.isBigEndian
    storages = archive.storages
    others = archive.others
    for record in records { uses[record.storage.key, default: 0] += 1 }
  }

  /// Reads one tensor's elements as they lie in the file, from the first to the last.
  func elements(_ record: TensorRecord, name: String) throws(WeightFileError) -> SourceElements {
    guard let bytes = storages[record.storage.key] else {
      throw WeightFileError(
        .missingStorage, file: file.path, "\(name): there is no storage '\(record.storage.key)'")
    }
    return SourceElements(record, isBigEndian: swaps(record), buffer: try plain(record, bytes))
  }

  /// Reads one tensor: floats as they are, integers as float32; a single int64 is a count, and stays one.
  func read(_ record: TensorRecord, name: String) throws(WeightFileError) -> Tensor {
    let key = record.storage.key
    guard let bytes = storages[key] else {
      throw WeightFileError(.missingStorage, file: file.path, "\(name): there is no storage '\(key)'")
    }
    let shape = Shape(record.dimensions)
    let swaps = swaps(record)
    if let type = record.type.elementType, !swaps, record.isContiguous {
      return Tensor(shape: shape, elementType: type, buffer: try plain(record, bytes))
    }
    if record.type == .int64, !swaps, shape.rank == 0 {
      return Tensor(shape: shape, elementType: .int64, buffer: try plain(record, bytes))
    }
    let elements = try plain(record, bytes)
    return ElementGather(record: record, swaps: swaps).tensor(
      elements.bytes, shape: shape, name: name, notes: &conversions)
  }

  /// True if the bytes of each element are in reverse order: those of storages follow the file, and arrays are little-endian.
  private func swaps(_ record: TensorRecord) -> Bool { isBigEndian && !record.storage.isArray }

  /// Verifies the storages of tensors that were not read, and the entries that are none; storages that no tensor of the table needs
  /// stay unread. Returns a sentence for each conversion.
  func finish() throws(WeightFileError) -> [String] {
    for (key, bytes) in storages where uses[key] != nil && !verified.contains(key) {
      try bytes.verify(in: file)
    }
    for bytes in others { try bytes.verify(in: file) }
    return conversions.sentences
  }

  /// The bytes from the record's first element to its last.
  private func plain(_ record: TensorRecord, _ bytes: StoredBytes) throws(WeightFileError) -> AlignedBuffer {
    let key = record.storage.key
    let range = record.byteRange
    if range == 0..<bytes.byteCount, !bytes.isEncoded || uses[key] == 1 {
      guard bytes.isEncoded || verified.insert(key).inserted else {
        return try file.bytes(count: bytes.storedCount, at: bytes.start)
      }
      verified.insert(key)
      return try bytes.read(from: file)
    }
    if bytes.isEncoded {
      if decoded[key] == nil {
        decoded[key] = AlignedBytes(try bytes.read(from: file))
        verified.insert(key)
      }
      return decoded[key]?.copy(of: range) ?? AlignedBuffer(byteCount: 0)
    }
    if verified.insert(key).inserted { try bytes.verify(in: file) }
    return try file.bytes(count: range.count, at: bytes.start + range.lowerBound)
  }
}

/// The integers that were converted to float32, for a report.
struct ConversionNotes {
  private var counts: [String: Int] = [:]
  private var inexact: [String] = []

  mutating func count(_ type: ScalarType) { counts[type.rawValue, default: 0] += 1 }
  mutating func addInexact(_ name: String) { inexact.append(name) }

  var sentences: [String] {
    var sentences = counts.sorted { $0.key < $1.key }.map { type, count in
      "types: \(count) tensors of \(type) became float32"
    }
    if let first = inexact.first {
      let more = inexact.count > 1 ? " and \(inexact.count - 1) other tensors" : ""
      sentences.append("rounded: \(first)\(more) had numbers that float32 does not have")
    }
    return sentences
  }
}
