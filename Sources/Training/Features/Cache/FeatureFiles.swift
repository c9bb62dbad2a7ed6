import Files
import Messages
import TensorCore

/// Features of one key on disk: `NAME.index`, a header and a row for each slot, and `NAME.data`, a header and slots of one size.
///
/// Both files only grow. A process that adds an entry holds `NAME.lock` and writes the data before the row, so that a process that is
/// killed between the two leaves a slot without a row, which the next one overwrites. Checksums reveal the damage of a power cut.
final class FeatureFiles {
  /// The number of taken slots, of this process and others.
  private(set) var slotCount = 0
  /// The number of slots whose data were found damaged.
  private(set) var damagedCount = 0
  private var slots: [FeatureIdentity: FeatureSlot] = [:]
  private let codec: FeatureCodec
  private let lockPath: String
  private let index: SharedFile
  private let data: SharedFile
  /// The data of the slot that is being read.
  private let slotData: ScratchBuffer

  /// The path of the file of the data.
  var dataPath: String { data.path }

  private static let headerByteCount = FeatureHeader.byteCount
  /// A limit far above the inputs of any training; a longer index is taken for damaged.
  private static let slotLimit = 1 << 26

  /// Opens or creates the files of a key. Both are replaced where they are those of another key, or one of them has a damaged header.
  ///
  /// - Throws: ``FileError``, also for a file that no cache made: it stays as it is.
  /// - Precondition: the caller holds the lock of the folder.
  init(folder: String, digest: [UInt8], codec: FeatureCodec) throws(FileError) {
    let name = folder + "/" + Self.name(digest)
    self.codec = codec
    slotData = ScratchBuffer(byteCount: codec.byteCount)
    lockPath = name + ".lock"
    let kinds: [FeatureHeader.Kind] = [.index, .data]
    let headers = kinds.map { FeatureHeader($0, digest: digest, stride: codec.stride) }
    var files: [SharedFile] = []
    var areSound = true
    for (kind, header) in zip(kinds, headers) {
      let file = try SharedFile(path: name + kind.ending)
      let byteCount = try file.byteCount()
      let start = try file.read(count: Self.headerByteCount, at: 0)
      // Rows that went on after the data were emptied leave zeros before them; the index beside them tells whose they are.
      let isEmptied = kind == .data && areSound && !start.contains { $0 != 0 }
      guard byteCount == 0 || isEmptied || start.starts(with: kind.mark) else {
        throw FileError(
          .exists, path: file.path,
          "is no file of a feature cache, and features would be kept there; move it away")
      }
      let isTooLong = kind == .index && byteCount > Self.slotLimit * FeatureSlot.byteCount
      if start != header.bytes || isTooLong { areSound = false }
      files.append(file)
    }
    if !areSound {
      files = []
      for (kind, header) in zip(kinds, headers) {
        // Empty, or marked: that was looked at above.
        removeFile(name + kind.ending)
        let file = try SharedFile(path: name + kind.ending)
        try file.write(header.bytes.rawBytes, at: 0)
        files.append(file)
      }
    }
    (index, data) = (files[0], files[1])
    index.touch()
    try refresh()
  }

  /// The first half of a digest, in hexadecimal.
  static func name(_ digest: [UInt8]) -> String {
    hexadecimal(digest.prefix(16))
  }

  /// Returns true if the index has an entry, whose data may still be damaged.
  func contains(_ identity: FeatureIdentity) -> Bool { slots[identity] != nil }

  /// Reads the rows that this process or another has added since.
  private func refresh() throws(FileError) {
    // In this order, as data are written before their row.
    let rows = max(0, try index.byteCount() - Self.headerByteCount) / FeatureSlot.byteCount
    let dataSlots = max(0, try data.byteCount() - Self.headerByteCount) / codec.stride
    while slotCount < rows {
      // Rows beyond the end of the data have no data.
      guard slotCount < dataSlots else {
        slotCount = rows
        return
      }
      let count = min(rows - slotCount, 1 << 14)
      let bytes = try index.read(
        count: count * FeatureSlot.byteCount,
        at: Self.headerByteCount + slotCount * FeatureSlot.byteCount)
      guard bytes.count == count * FeatureSlot.byteCount else { return }
      for number in 0..<min(count, dataSlots - slotCount) {
        let start = number * FeatureSlot.byteCount
        let part = bytes.rawBytes.extracting(start..<start + FeatureSlot.byteCount)
        guard let slot = FeatureSlot(part), slot.number == UInt64(slotCount + number) else { continue }
        slots[slot.identity] = slot
      }
      slotCount += count
    }
  }

  /// Adds entries that are not there yet, at most `limit` of them.
  ///
  /// - Parameters:
  ///   - rows: the entries and their rows of the bytes.
  ///   - bytes: memory of ``FeatureCodec/rows(_:)``.
  ///   - added: grows by one with each added entry.
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
      let slot = FeatureSlot(
        identity: identity, number: slotCount, checksum: CRC32C.checksum(of: part))
      // The whole slot, so that the file reaches to its end.
      try data.write(
        bytes.bytes(in: row * stride..<(row + 1) * stride), at: Self.headerByteCount + slotCount * stride)
      try index.write(
        slot.bytes.rawBytes, at: Self.headerByteCount + slotCount * FeatureSlot.byteCount)
      slots[identity] = slot
      slotCount += 1
      added += 1
    }
  }

  /// Tells the system that an entry will be read soon.
  func willRead(_ identity: FeatureIdentity) {
    guard let slot = slots[identity] else { return }
    data.willRead(range(of: slot))
  }

  /// Reads the features of an entry; false when there are none, or they are damaged. Each time the checksum is compared: another
  /// program may change the file at any time.
  @_lifetime(features: copy features)
  func read(
    _ identity: FeatureIdentity, into features: inout MutableSpan<Float>
  ) -> Bool {
    guard let slot = slots[identity] else { return false }
    let slotData = self.slotData
    guard readData(of: slot),
      CRC32C.checksum(of: slotData.bytes(in: 0..<codec.byteCount)) == slot.checksum
    else {
      slots[identity] = nil
      damagedCount += 1
      return false
    }
    codec.decode(slotData.bytes(in: 0..<codec.byteCount), to: &features)
    return true
  }

  /// Reads the data of a slot into the memory for them; false when the file has no more, or cannot be read.
  private func readData(of slot: FeatureSlot) -> Bool {
    let slotData = self.slotData
    var target = slotData.mutableBytes(in: 0..<codec.byteCount)
    return (try? data.read(at: range(of: slot).lowerBound, into: &target)) == codec.byteCount
  }

  /// The bytes of a slot in the data file.
  private func range(of slot: FeatureSlot) -> Range<Int> {
    let start = Self.headerByteCount + Int(slot.number) * codec.stride
    return start..<start + codec.byteCount
  }
}
