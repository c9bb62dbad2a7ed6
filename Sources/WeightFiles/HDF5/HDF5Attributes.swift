import Files
import Messages

/// The attributes of one object by their names. Each message is looked at once, however many parts a list was written in.
struct HDF5AttributeTable {
  private struct Entry {
    var message: HDF5Header.Message
    var isTwice = false
  }

  private var entries: [[UInt8]: Entry] = [:]
  private let object: String
  private let bytes: HDF5Bytes

  /// - Parameter object: the name of the object, for messages.
  init(_ header: HDF5Header, of object: String, in bytes: HDF5Bytes) throws(WeightFileError) {
    self.object = object
    self.bytes = bytes
    for message in header.messages where message.type == 0x0C {
      let cursor = ByteCursor(message.data, path: bytes.file.path)
      let name = try HDF5Attribute.Head(cursor).name
      entries[name] = Entry(message: message, isTwice: entries[name] != nil)
    }
  }

  /// The texts of an attribute (IV.A.2.m), of a fixed length each, or in a global heap (III.E); nil when there is none of that name.
  ///
  /// An attribute without elements, of any type, has no texts.
  ///
  /// - Throws: ``WeightFileError`` for an attribute that is there twice, or is no text.
  func texts(of name: String) throws(WeightFileError) -> [String]? {
    guard let entry = entries[Array(name.utf8)] else { return nil }
    func refusal(_ why: String) -> WeightFileError {
      WeightFileError(
        .malformedHeader, file: bytes.file.path,
        "HDF5: the attribute '\(name)' of '\(object.printable)' \(why)")
    }
    guard !entry.isTwice else {
      throw refusal("is there twice, and programs differ in which they take; do not trust this file")
    }
    let attribute = try HDF5Attribute(ByteCursor(entry.message.data, path: bytes.file.path))
    guard !entry.message.isShared, !attribute.isShared, let texts = try attribute.texts(in: bytes) else {
      throw refusal("is no text that is read; save the weights as .safetensors")
    }
    return texts
  }
}

/// An attribute's message, whose elements are not looked at yet.
private struct HDF5Attribute {
  /// True if its type or extents are described elsewhere in the file.
  let isShared: Bool
  private let type: [UInt8]
  private let space: [UInt8]
  private let data: [UInt8]

  /// The most elements.
  private static let countLimit = 1 << 16

  /// The fields before an attribute's type.
  struct Head {
    let version: UInt8
    let flags: UInt8
    /// Bytes of the type and of the extents, with those that fill them up.
    let sizes: [Int]
    /// The name without the zeros that fill it up.
    let name: [UInt8]

    init(_ cursor: ByteCursor) throws(WeightFileError) {
      version = try cursor.byte()
      flags = try cursor.byte()
      var sizes: [Int] = []
      for _ in 0..<3 { sizes.append(Int(try cursor.integer(UInt16.self))) }
      if version == 3 { try cursor.skip(1) }
      for index in sizes.indices where version == 1 { sizes[index] = (sizes[index] + 7) / 8 * 8 }
      name = Array(try cursor.bytes(sizes[0]).prefix { $0 != 0 })
      self.sizes = Array(sizes.dropFirst())
    }
  }

  init(_ cursor: ByteCursor) throws(WeightFileError) {
    let head = try Head(cursor)
    // Of a version that is unknown here, nothing is.
    isShared = !(1...3).contains(head.version) || head.version > 1 && head.flags & 3 != 0
    type = try cursor.bytes(head.sizes[0])
    space = try cursor.bytes(head.sizes[1])
    data = try cursor.bytes(cursor.remaining)
  }

  /// The texts; nil if the elements are none.
  func texts(in bytes: HDF5Bytes) throws(WeightFileError) -> [String]? {
    guard let count = try elementCount(bytes.file.path), count <= Self.countLimit, type.count >= 8 else {
      return nil
    }
    guard count > 0 else { return [] }
    var texts: [String] = []
    let cursor = ByteCursor(data, path: bytes.file.path)
    switch type[0] & 0x0F {
    case 3:
      // Filled up with zeros; size in the type.
      let size = type[4..<8].reversed().reduce(0) { $0 << 8 | Int($1) }
      guard type[1] & 0x0F <= 1, size > 0 else { return nil }
      for _ in 0..<count {
        guard let text = Self.text(try cursor.bytes(size)) else { return nil }
        texts.append(text)
      }
    case 9 where type[1] & 0x0F == 1:
      for _ in 0..<count {
        let size = try cursor.count(UInt32.self)
        let heap = try cursor.hdf5Address()
        let index = Int(try cursor.integer(UInt32.self))
        guard size > 0 else {
          texts.append("")
          continue
        }
        guard let object = try bytes.heapObjects(at: heap)[index], object.count >= size,
          let text = Self.text(Array(object.prefix(size)))
        else { return nil }
        // Many texts may lie at one place.
        try bytes.charge(size, at: heap)
        texts.append(text)
      }
    default: return nil
    }
    return texts
  }

  /// The number of elements, one for a scalar; nil if the dataspace is not understood.
  private func elementCount(_ path: String) throws(WeightFileError) -> Int? {
    let cursor = ByteCursor(space, path: path)
    let version = try cursor.byte()
    let rank = Int(try cursor.byte())
    guard version == 1 || version == 2, rank <= 1 else { return nil }
    try cursor.skip(1)
    let kind = try cursor.byte()
    if version == 1 { try cursor.skip(4) }
    guard version == 1 || Int(kind) == rank else { return nil }
    return rank == 0 ? 1 : try cursor.count(UInt64.self)
  }

  /// A text without the zeros that fill it up; nil if it has one within, which ends it for some programs.
  private static func text(_ bytes: [UInt8]) -> String? {
    let text = bytes.prefix { $0 != 0 }
    guard bytes[text.count...].allSatisfy({ $0 == 0 }) else { return nil }
    return String(validating: text, as: UTF8.self)
  }
}

extension HDF5Bytes {
  /// The objects of a global heap by their numbers (III.E); each heap is read once.
  func heapObjects(at address: Int) throws(WeightFileError) -> [Int: ArraySlice<UInt8>] {
    if let known = heaps[address] { return known }
    let head = try cursor(at: address, count: 16)
    guard try head.integer(UInt32.self) == 0x4C4F_4347 else {
      throw fault("no heap of texts", at: address)
    }
    try head.skip(4)
    let all = try bytes(at: address, count: try head.hdf5Address())
    var objects: [Int: ArraySlice<UInt8>] = [:]
    let cursor = ByteCursor(all, path: file.path)
    try cursor.skip(16)
    while cursor.remaining >= 16 {
      let number = Int(try cursor.integer(UInt16.self))
      try cursor.skip(6)
      let size = try cursor.hdf5Address()
      guard number != 0 else { break }
      let start = all.count - cursor.remaining
      guard size <= cursor.remaining, objects[number] == nil else {
        throw fault("a heap of texts whose objects lie over each other", at: address)
      }
      objects[number] = all[start..<start + size]
      try cursor.skip(min((size + 7) / 8 * 8, cursor.remaining))
    }
    heaps[address] = objects
    return objects
  }
}
