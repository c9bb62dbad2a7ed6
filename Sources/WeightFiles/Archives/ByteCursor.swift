import Files
import Messages
import TensorCore

/// Consumes little-endian fields and bytes from a part of a file, or from memory, front to back.
///
/// It holds only a small window of a file. A length is compared with what is left before memory is taken for it.
final class ByteCursor {
  /// Bytes of a file that are held at once.
  private static let windowSize = 64 << 10

  /// The file, for messages.
  let path: String
  /// The error code for bytes that do not suffice.
  private let shortage: WeightFileError.Code
  private let file: InputFile?
  private var window: [UInt8]
  private var windowStart: Int
  /// The position in the file, or in the memory.
  private(set) var position: Int
  let end: Int
  /// The size of the whole file.
  let fileSize: Int

  /// A cursor over a part of a file, which must lie within it.
  init(_ file: InputFile, in range: Range<Int>, shortage: WeightFileError.Code = .truncated) {
    self.file = file
    path = file.path
    self.shortage = shortage
    window = []
    windowStart = range.lowerBound
    position = range.lowerBound
    end = range.upperBound
    fileSize = file.size
  }

  /// A cursor over bytes in memory; `path` and `fileSize` are of the file that they come from.
  init(_ bytes: [UInt8], path: String, fileSize: Int = 0, shortage: WeightFileError.Code = .truncated) {
    file = nil
    self.fileSize = fileSize
    self.path = path
    self.shortage = shortage
    window = bytes
    windowStart = 0
    position = 0
    end = bytes.count
  }

  var remaining: Int { end - position }

  /// True if positions are those in a file.
  var isInFile: Bool { file != nil }

  /// An error at the present position.
  func fault(_ code: WeightFileError.Code, _ message: String) -> WeightFileError {
    WeightFileError(code, file: path, "at byte \(position): \(message)")
  }

  func byte() throws(WeightFileError) -> UInt8 {
    try need(1)
    let index = position - windowStart
    if index < window.count {
      position += 1
      return window[index]
    }
    return try bytes(1)[0]
  }

  func integer<T: FixedWidthInteger>(_: T.Type = T.self) throws(WeightFileError) -> T {
    var value: T = 0
    for (index, byte) in try bytes(MemoryLayout<T>.size).enumerated() {
      value |= T(truncatingIfNeeded: byte) << (8 * index)
    }
    return value
  }

  /// A count or a position, as an integer of the file that must fit an `Int`.
  func count<T: FixedWidthInteger>(_: T.Type) throws(WeightFileError) -> Int {
    let start = position
    let value = try integer(T.self)
    guard let count = Int(exactly: value), count >= 0 else {
      throw WeightFileError(shortage, file: path, "at byte \(start): \(value) is no sound size")
    }
    return count
  }

  /// The next `count` bytes.
  func bytes(_ count: Int) throws(WeightFileError) -> [UInt8] {
    try need(count)
    if position - windowStart + count > window.count {
      guard let file else { throw fault(shortage, "\(count) bytes are missing") }
      let size = count > Self.windowSize ? count : min(Self.windowSize, remaining)
      let fresh = try file.array(in: position..<position + size)
      if count > Self.windowSize {
        position += count
        return fresh
      }
      window = fresh
      windowStart = position
    }
    let start = position - windowStart
    position += count
    return Array(window[start..<(start + count)])
  }

  /// The bytes up to the next line feed, which is consumed but not returned.
  func line(limit: Int) throws(WeightFileError) -> [UInt8] {
    var line: [UInt8] = []
    while true {
      let byte = try byte()
      if byte == UInt8(ascii: "\n") { return line }
      line.append(byte)
      guard line.count <= limit else { throw fault(.malformedPickle, "a line of more than \(limit) bytes") }
    }
  }

  func skip(_ count: Int) throws(WeightFileError) {
    try need(count)
    position += count
    if position > windowStart + window.count, file != nil {
      window = []
      windowStart = position
    }
  }

  private func need(_ count: Int) throws(WeightFileError) {
    guard count >= 0, count <= remaining else {
      throw fault(shortage, "the data end too early: \(remaining) of \(count) bytes are left")
    }
  }
}
