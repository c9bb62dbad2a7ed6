/// Pieces of pickles, as PyTorch writes them, to be put together rightly or wrongly.
enum Pickle {
  static let protocol2: [UInt8] = [0x80, 2]
  static let stop: [UInt8] = [0x2E]
  static let none: [UInt8] = [0x4E]
  static let emptyTuple: [UInt8] = [0x29]
  static let call: [UInt8] = [0x52]
  static let build: [UInt8] = [0x62]
  static let persistent: [UInt8] = [0x51]

  static func little<Integer: FixedWidthInteger>(_ value: Integer) -> [UInt8] {
    (0..<MemoryLayout<Integer>.size).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
  }

  static func text(_ text: String) -> [UInt8] { [0x58] + little(UInt32(text.utf8.count)) + Array(text.utf8) }
  static func bytes(_ count: UInt8) -> [UInt8] { [0x43, count] + Array(repeating: 0, count: Int(count)) }
  static func int(_ value: Int) -> [UInt8] { [0x8A, 8] + little(value) }
  static func global(_ name: String) -> [UInt8] {
    let parts = name.split(separator: ".")
    return Array("c\(parts.dropLast().joined(separator: "."))\n\(parts.last ?? "")\n".utf8)
  }
  static func tuple(_ items: [[UInt8]]) -> [UInt8] { [0x28] + items.flatMap { $0 } + [0x74] }
  static func ints(_ items: [Int]) -> [UInt8] { tuple(items.map(int)) }
  static func list(_ items: [[UInt8]]) -> [UInt8] { [0x5D, 0x28] + items.flatMap { $0 } + [0x65] }
  static func dict(_ pairs: [(String, [UInt8])]) -> [UInt8] {
    [0x7D, 0x28] + pairs.flatMap { text($0.0) + $0.1 } + [0x75]
  }
  static func calling(_ name: String, _ arguments: [[UInt8]]) -> [UInt8] {
    global(name) + tuple(arguments) + call
  }

  static func storage(
    _ key: String = "0", type: String = "torch.FloatStorage", count: Int = 4, view: [UInt8]? = nil
  ) -> [UInt8] {
    tuple([text("storage"), global(type), text(key), text("cpu"), int(count)] + (view.map { [$0] } ?? []))
      + persistent
  }

  static func tensor(
    _ storage: [UInt8] = storage(), offset: Int = 0, size: [Int] = [4], stride: [Int] = [1],
    function: String = "torch._utils._rebuild_tensor_v2", more: [[UInt8]] = []
  ) -> [UInt8] {
    let hooks = global("collections.OrderedDict") + emptyTuple + call
    return calling(function, [storage, int(offset), ints(size), ints(stride), [0x89], hooks] + more)
  }

  /// A tensor that says its elements' type, in a storage of four floats or of one that says none.
  static func typedTensor(_ type: String, in storage: [UInt8] = storage(), size: [Int] = [4]) -> [UInt8] {
    tensor(storage, size: size, function: "torch._utils._rebuild_tensor_v3", more: [global(type)])
  }

  /// A list of as many lists.
  static func fillers(_ count: Int) -> [(String, [UInt8])] { (0..<count).map { ("x\($0)", list([])) } }

  static func file(_ value: [UInt8]) -> [UInt8] { protocol2 + value + stop }
  /// A state dict of one tensor, and something beside it.
  static func file(beside value: [UInt8]) -> [UInt8] { file(dict([("w", tensor()), ("x", value)])) }
}

/// A zip archive of stored entries, any field of which may lie.
struct Zip {
  struct Entry {
    var name: [UInt8]
    var data: [UInt8]
    var method: UInt16 = 0
    var flags: UInt16 = 0x808
    var checksum: UInt32?
    var size: UInt32?
    var storedSize: UInt32?
    var localName: [UInt8]?
    var header: UInt32?
    var extra: [UInt8] = []

    init(_ name: String, _ data: [UInt8]) {
      self.name = Array(name.utf8)
      self.data = data
    }
  }

  var entries: [Entry]
  var tail: [UInt8] = []
  var comment: [UInt8] = []
  var count: UInt16?
  var directoryOffset: UInt32?
  var disk: UInt16 = 0
  /// The record of large archives, which stands before the end.
  var large: Large?

  struct Large {
    /// The size that the record says, and what follows its numbers.
    var size: UInt64 = 44
    var rest: [UInt8] = []
    /// How far before its place the record is said to be.
    var shift: UInt64 = 0
    var volumes: UInt32 = 1
    /// The number of entries in the record.
    var count: UInt64 = 4
    /// True if the numbers in the small record send readers to the large one.
    var isNeeded = true
  }

  /// What PyTorch writes for one storage of four floats.
  init(pickle: [UInt8], storage: [UInt8] = Array(repeating: 0, count: 16)) {
    entries = [
      Entry("a/data.pkl", pickle), Entry("a/byteorder", Array("little".utf8)), Entry("a/data/0", storage),
      Entry("a/version", Array("3\n".utf8)),
    ]
  }

  var bytes: [UInt8] {
    let little = (Pickle.little as (UInt16) -> [UInt8], Pickle.little as (UInt32) -> [UInt8])
    var file: [UInt8] = []
    var directory: [UInt8] = []
    for entry in entries {
      let start = UInt32(file.count)
      let sum = entry.checksum ?? crc32(entry.data)
      let name = entry.localName ?? entry.name
      file +=
        [0x50, 0x4B, 3, 4] + little.0(20) + little.0(entry.flags) + little.0(entry.method) + little.1(0)
      file += little.1(0) + little.1(0) + little.1(0) + little.0(UInt16(name.count)) + little.0(0)
      file += name + entry.data
      directory += [0x50, 0x4B, 1, 2] + little.0(20) + little.0(20) + little.0(entry.flags)
      directory += little.0(entry.method) + little.1(0) + little.1(sum)
      directory += little.1(entry.storedSize ?? UInt32(entry.data.count))
      directory += little.1(entry.size ?? UInt32(entry.data.count))
      directory += little.0(UInt16(entry.name.count)) + little.0(UInt16(entry.extra.count)) + little.0(0)
      directory += little.0(0) + little.0(0) + little.1(0) + little.1(entry.header ?? start)
      directory += entry.name + entry.extra
    }
    let number = large?.isNeeded == true ? .max : count ?? UInt16(entries.count)
    let start = large?.isNeeded == true ? .max : directoryOffset ?? UInt32(file.count)
    let end = [0x50, 0x4B, 5, 6] + little.0(disk) + little.0(disk) + little.0(number) + little.0(number)
    return file + directory + largeEnd(start: file.count, size: directory.count) + end
      + little.1(UInt32(directory.count)) + little.1(start) + little.0(UInt16(comment.count)) + comment + tail
  }

  private func largeEnd(start: Int, size: Int) -> [UInt8] {
    guard let large else { return [] }
    let little = (Pickle.little as (UInt32) -> [UInt8], Pickle.little as (UInt64) -> [UInt8])
    var record = [0x50, 0x4B, 6, 6] + little.1(large.size) + [45, 0, 45, 0] + little.0(0) + little.0(0)
    record += little.1(large.count) + little.1(large.count)
    record += little.1(UInt64(size)) + little.1(UInt64(start)) + large.rest
    return record + [0x50, 0x4B, 6, 7] + little.0(0) + little.1(UInt64(start + size) - large.shift)
      + little.0(large.volumes)
  }
}

/// Bit by bit, as the definition has it.
func crc32(_ bytes: [UInt8]) -> UInt32 {
  var value: UInt32 = .max
  for byte in bytes {
    value ^= UInt32(byte)
    for _ in 0..<8 { value = value & 1 == 1 ? value >> 1 ^ 0xEDB8_8320 : value >> 1 }
  }
  return ~value
}
