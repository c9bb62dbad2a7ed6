import Files
import Messages

extension HDF5Header {
  /// The texts of an attribute (IV.A.2.m), of a fixed length each, or in a global heap (III.E); nil when there is none of that name.
  ///
  /// An attribute without elements, of any type, has no texts.
  ///
  /// - Parameter object: the name of the object, for messages.
  /// - Throws: ``WeightFileError`` for an attribute that is there twice, or is no text.
  func texts(
    ofAttribute name: String, of object: String, in bytes: HDF5Bytes
  ) throws(WeightFileError) -> [String]? {
    var found: [String]?
    for message in messages where message.type == 0x0C {
      let cursor = ByteCursor(message.data, path: bytes.file.path)
      guard let attribute = try HDF5Attribute(cursor, named: name) else { continue }
      func refusal(_ why: String) -> WeightFileError {
        WeightFileError(
          .malformedHeader, file: bytes.file.path,
          "HDF5: the attribute '\(name)' of '\(object.printable)' \(why)")
      }
      guard found == nil else {
        throw refusal("is there twice, and programs differ in which they take; do not trust this file")
      }
      guard !message.isShared, !attribute.isShared, let texts = try attribute.texts(in: bytes) else {
        throw refusal("is no text that is read; save the weights as .safetensors")
      }
      found = texts
    }
    return found
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

  /// - Returns: nil for an attribute of another name.
  init?(_ cursor: ByteCursor, named name: String) throws(WeightFileError) {
    let version = try cursor.byte()
    let flags = try cursor.byte()
    var sizes: [Int] = []
    for _ in 0..<3 { sizes.append(Int(try cursor.integer(UInt16.self))) }
    if version == 3 { try cursor.skip(1) }
    let padded = sizes.map { version == 1 ? ($0 + 7) / 8 * 8 : $0 }
    let own = try cursor.bytes(padded[0]).prefix { $0 != 0 }
    guard own.elementsEqual(name.utf8) else { return nil }
    // Of a version that is unknown here, nothing is.
    isShared = !(1...3).contains(version) || version > 1 && flags & 3 != 0
    type = try cursor.bytes(padded[1])
    space = try cursor.bytes(padded[2])
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
