import Files
import Messages

/// The record at the end of a zip archive, which says where the directory lies.
struct ZipEnd {
  var directory: Range<Int>
  var entryCount: Int

  private static let size = 22
  private static let size64 = 56
  private static let locatorSize = 20

  init(_ file: InputFile) throws(WeightFileError) {
    let tailStart = max(0, file.size - Self.size - 0xFFFF)
    let tail = try file.array(in: tailStart..<file.size)
    // The last place where a record ends exactly at the file's end.
    let place = stride(from: tail.count - Self.size, through: 0, by: -1).first { index in
      tail[index] == 0x50 && tail[index + 1] == 0x4B && tail[index + 2] == 5 && tail[index + 3] == 6
        && tail.count - index - Self.size == Int(tail[index + 20]) | Int(tail[index + 21]) << 8
    }
    guard let place else {
      throw WeightFileError(
        .truncated, file: file.path,
        "a zip archive without its end: the file is cut off, or something follows it")
    }
    // Readers that take the last signature for the end, whatever stands behind it, would take this one.
    guard !Self.holdsSignature(tail[(place + 1)...]) else {
      throw WeightFileError(
        .malformedArchive, file: file.path,
        "a zip archive with two ends: programs differ in which of them they read, so what it holds is not certain; do not trust this file"
      )
    }
    let position = tailStart + place
    let record = ByteCursor(Array(tail[(place + 4)...]), path: file.path, shortage: .malformedArchive)
    let disks = try (record.integer(UInt16.self), record.integer(UInt16.self))
    let counts = try (record.integer(UInt16.self), record.integer(UInt16.self))
    var size = try Int(record.integer(UInt32.self))
    var start = try Int(record.integer(UInt32.self))
    entryCount = Int(counts.1)
    var end = position
    if let large = try Self.locate64(in: file, before: position) {
      // Readers differ in which record they take where the small one's numbers would do.
      let small = [Int(counts.0), Int(counts.1), Int(disks.0), Int(disks.1)]
      let isSame =
        zip(small, [large.count, large.count, 0, 0]).allSatisfy { $0 == 0xFFFF || $0 == $1 }
        && zip([size, start], [large.size, large.start]).allSatisfy { $0 == 0xFFFF_FFFF || $0 == $1 }
      guard isSame else {
        throw WeightFileError(
          .malformedArchive, file: file.path,
          "a zip archive whose two records of its end contradict each other: programs differ in which of them they read, so what it "
            + "holds is not certain; do not trust this file")
      }
      (entryCount, size, start, end) = large
    } else if disks != (0, 0) || counts.0 != counts.1 {
      throw WeightFileError(.malformedArchive, file: file.path, "a zip archive of several volumes")
    }
    let (sum, overflow) = start.addingReportingOverflow(size)
    guard !overflow, sum == end else {
      throw WeightFileError(
        .malformedArchive, file: file.path,
        "the zip directory has \(size) bytes from \(start) on, but it must end at byte \(end)")
    }
    guard size <= ZipArchive.Limit.directory, entryCount <= ZipArchive.Limit.entries else {
      throw WeightFileError(
        .malformedArchive, file: file.path,
        "a zip directory of \(entryCount) entries and \(size) bytes; at most \(ZipArchive.Limit.entries) are read"
      )
    }
    directory = start..<sum
  }

  private static func holdsSignature(_ bytes: ArraySlice<UInt8>) -> Bool {
    bytes.indices.dropLast(3).contains { index in
      bytes[index] == 0x50 && bytes[index + 1] == 0x4B && bytes[index + 2] == 5 && bytes[index + 3] == 6
    }
  }

  /// The zip64 record, if there is one: entries, size and start of the directory, and its own start.
  ///
  /// It lies directly before the locator that names it, and has nothing behind its numbers: some readers look there, others where
  /// the locator says, and both must find the same.
  private static func locate64(
    in file: InputFile, before end: Int
  ) throws(WeightFileError) -> (count: Int, size: Int, start: Int, record: Int)? {
    guard end >= locatorSize + size64 else { return nil }
    let locator = ByteCursor(file, in: (end - locatorSize)..<end, shortage: .malformedArchive)
    guard try locator.integer(UInt32.self) == 0x0706_4B50 else { return nil }
    let volume = try locator.integer(UInt32.self)
    let position = try locator.count(UInt64.self)
    guard volume == 0, try locator.integer(UInt32.self) <= 1 else {
      throw locator.fault(.malformedArchive, "a zip archive of several volumes")
    }
    let expected = end - locatorSize - size64
    guard position == expected else {
      throw locator.fault(
        .malformedArchive,
        "the zip64 record should be at byte \(position), but the only place that all programs read is byte \(expected); do not trust "
          + "this file")
    }
    let record = ByteCursor(file, in: position..<(end - locatorSize), shortage: .malformedArchive)
    let signature = try record.integer(UInt32.self)
    let recordSize = try record.count(UInt64.self)
    guard signature == 0x0606_4B50, recordSize == record.remaining else {
      throw record.fault(.malformedArchive, "this is no zip64 record of the right size")
    }
    try record.skip(4)
    let disks = try (record.integer(UInt32.self), record.integer(UInt32.self))
    let counts = try (record.count(UInt64.self), record.count(UInt64.self))
    guard disks == (0, 0), counts.0 == counts.1 else {
      throw record.fault(.malformedArchive, "a zip archive of several volumes")
    }
    return try (counts.1, record.count(UInt64.self), record.count(UInt64.self), position)
  }
}
