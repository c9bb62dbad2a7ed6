import Files
import Messages
import TensorCore

/// Features of one key on disk: `NAME.index`, a header and a record for each slot, and `NAME.data`, slots of one size.
///
/// Both files only grow. Whoever adds an entry holds `NAME.lock`, writes the data and then the record, so that a process killed
/// between leaves a slot that nobody knows of and the next one writes again. What a power cut leaves, the checksums tell.
final class FeatureFiles {
  /// Slots that are taken, by whomever.
  private(set) var slotCount = 0
  /// Slots whose data turned out not to be what was stored.
  private(set) var damagedCount = 0
  private var slots: [FeatureIdentity: FeatureRecord] = [:]
  /// Slots whose data were read and had their checksum.
  private var verified: Set<UInt64> = []
  private let codec: FeatureCodec
  private let lockPath: String
  private let index: SharedFile
  private let data: SharedFile

  private static let headerByteCount = 64
  /// Far more than there are inputs; an index of more is none.
  private static let slotLimit = 1 << 32

  /// Opens the files of a key, or begins them. What is not this key's, or damaged from its beginning, is begun anew.
  ///
  /// - Precondition: the caller holds the lock of the folder.
  init(folder: String, digest: [UInt8], codec: FeatureCodec) throws(FileError) {
    let name = folder + "/" + Self.name(digest)
    self.codec = codec
    lockPath = name + ".lock"
    var writer = ByteWriter()
    writer.write(bytes: "RZFEAT\r\n".utf8)
    writer.write(bytes: digest)
    writer.write(UInt64(codec.stride))
    writer.pad(to: 60)
    writer.write(CRC32C.checksum(of: writer.bytes))
    let header = writer.bytes
    var index = try SharedFile(path: name + ".index")
    let byteCount = try index.byteCount()
    if try index.read(count: Self.headerByteCount, at: 0) != header
      || byteCount > Self.slotLimit * FeatureRecord.byteCount
    {
      if byteCount > 0 {
        removeFile(name + ".index")
        removeFile(name + ".data")
        index = try SharedFile(path: name + ".index")
      }
      try index.write(header.rawBytes, at: 0)
    }
    self.index = index
    data = try SharedFile(path: name + ".data")
    index.touch()
    try refresh()
  }

  /// The first half of a digest, in hexadecimal.
  static func name(_ digest: [UInt8]) -> String {
    hexadecimal(digest.prefix(16))
  }

  /// Whether there is an entry, as far as its record tells.
  func contains(_ identity: FeatureIdentity) -> Bool { slots[identity] != nil }

  /// Reads the records that were added since, by this process or another.
  private func refresh() throws(FileError) {
    // In this order: data are written before their record.
    let records = max(0, try index.byteCount() - Self.headerByteCount) / FeatureRecord.byteCount
    let dataSlots = try data.byteCount() / codec.stride
    while slotCount < records {
      // Beyond the end of the data there is nothing that a record could tell of.
      guard slotCount < dataSlots else {
        slotCount = records
        return
      }
      let count = min(records - slotCount, 1 << 14)
      let bytes = try index.read(
        count: count * FeatureRecord.byteCount,
        at: Self.headerByteCount + slotCount * FeatureRecord.byteCount)
      guard bytes.count == count * FeatureRecord.byteCount else { return }
      for number in 0..<min(count, dataSlots - slotCount) {
        let start = number * FeatureRecord.byteCount
        let part = bytes.rawBytes.extracting(start..<start + FeatureRecord.byteCount)
        guard let record = FeatureRecord(part), record.slot == UInt64(slotCount + number) else { continue }
        slots[record.identity] = record
      }
      slotCount += count
    }
  }

  /// Adds entries that are not there yet, at most `limit` of them.
  ///
  /// - Parameters:
  ///   - rows: which row of the bytes holds which entry.
  ///   - bytes: memory of ``FeatureCodec/rows(_:)``.
  ///   - added: grows with each entry.
  func append(
    _ rows: [(identity: FeatureIdentity, row: Int)], of bytes: ScratchBuffer, limit: Int, added: inout Int
  ) throws(FileError) {
    let lock = try FileLock(path: lockPath)
    defer { withExtendedLifetime(lock) {} }
    try refresh()
    let stride = codec.stride
    let last = added + limit
    for (identity, row) in rows where slots[identity] == nil && added < last {
      let part = bytes.bytes(in: row * stride..<row * stride + codec.byteCount)
      let record = FeatureRecord(
        identity: identity, slot: slotCount, checksum: CRC32C.checksum(of: part))
      // The whole slot, so that the file reaches to its end.
      try data.write(bytes.bytes(in: row * stride..<(row + 1) * stride), at: slotCount * stride)
      try index.write(
        record.bytes.rawBytes, at: Self.headerByteCount + slotCount * FeatureRecord.byteCount)
      slots[identity] = record
      slotCount += 1
      added += 1
    }
  }

  /// Tells the system that an entry will be read soon.
  func willRead(_ identity: FeatureIdentity) {
    guard let record = slots[identity] else { return }
    data.willRead(range(of: record))
  }

  /// Reads the features of an entry; false when there is none, or none that is whole.
  @_lifetime(features: copy features)
  func read(
    _ identity: FeatureIdentity, into features: inout MutableSpan<Float>
  ) -> Bool {
    guard let record = slots[identity] else { return false }
    let data = self.data
    let bytes: RawSpan
    do {
      bytes = try data.bytes(in: range(of: record))
    } catch {
      return false
    }
    if !verified.contains(record.slot) {
      guard CRC32C.checksum(of: bytes) == record.checksum else {
        slots[identity] = nil
        damagedCount += 1
        return false
      }
      verified.insert(record.slot)
    }
    codec.decode(bytes, to: &features)
    return true
  }

  /// Below the end of the data file, which records were compared with when they were read.
  private func range(of record: FeatureRecord) -> Range<Int> {
    let start = Int(record.slot) * codec.stride
    return start..<start + codec.byteCount
  }
}
