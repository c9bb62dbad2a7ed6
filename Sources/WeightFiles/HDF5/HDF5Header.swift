import Files
import Messages

/// The messages of one object's header that matter for arrays: HDF5 File Format Specification 3.0, IV.A.1.a (version 1).
struct HDF5Header {
  struct Message {
    var type: UInt16
    /// True if the message only says where it is to be found.
    var isShared: Bool
    var data: [UInt8]
  }

  var messages: [Message] = []

  enum Limit {
    static let messages = 1 << 12
    static let blocks = 64
  }

  init(_ bytes: HDF5Bytes, at address: Int) throws(WeightFileError) {
    let start = try bytes.cursor(at: address, count: 16)
    guard try start.byte() == 1 else {
      throw WeightFileError(
        .unsupportedVersion, file: bytes.file.path,
        "HDF5, at byte \(address): an object in the newer layout, which is not read; save the weights as .safetensors, or "
          + "with h5py's libver='earliest'")
    }
    try start.skip(7)  // Reserved, messages, references.
    var blocks = [(address: address + 16, count: Int(try start.integer(UInt32.self)))]
    var done = 0
    while let block = blocks.popLast() {
      done += 1
      guard done <= Limit.blocks else { throw bytes.fault("a header of too many parts", at: address) }
      let cursor = try bytes.cursor(at: block.address, count: block.count)
      while cursor.remaining >= 8 {
        let type = try cursor.integer(UInt16.self)
        let size = Int(try cursor.integer(UInt16.self))
        let isShared = try cursor.byte() & 2 != 0
        try cursor.skip(3)
        let data = try cursor.bytes(size)
        messages.append(Message(type: type, isShared: isShared, data: data))
        guard messages.count <= Limit.messages else {
          throw bytes.fault("a header of more than \(Limit.messages) messages", at: address)
        }
        if type == 0x10 {
          let next = ByteCursor(data, path: bytes.file.path)
          blocks.append((try next.hdf5Address(), try next.hdf5Address()))
        }
      }
    }
  }

  func has(_ type: UInt16) -> Bool { messages.contains { $0.type == type } }

  /// Refuses an object that is described twice, or is several things at once, of which programs may take one or the other.
  func requireOneMeaning(of name: String, path: String) throws(WeightFileError) {
    let kinds: [UInt16: String] = [
      1: "extents", 3: "types of elements", 7: "lists of other files", 8: "places of elements",
      0x11: "tables of names",
    ]
    for (type, words) in kinds where messages.count(where: { $0.type == type }) > 1 {
      throw WeightFileError(
        .malformedHeader, file: path,
        "HDF5: '\(name.printable)' has several \(words), and programs differ in which they take; do not trust this file"
      )
    }
    // A group's table in the older layout, and an array's place, or a group's links in the newer layout.
    guard !has(0x11) || !(has(8) || has(2) || has(6)) else {
      throw WeightFileError(
        .malformedHeader, file: path,
        "HDF5: '\(name.printable)' is several things at once, and programs differ in which they take; do not trust this file"
      )
    }
    // In a header of the older layout, no library puts attributes elsewhere, where they would not be seen.
    guard !has(0x15) else {
      throw WeightFileError(
        .malformedHeader, file: path,
        "HDF5: the attributes of '\(name.printable)' lie elsewhere in the file, where they are not read; save the weights as .safetensors"
      )
    }
    guard !has(7) else {
      throw WeightFileError(
        .unsupportedTensor, file: path,
        "HDF5: the elements of '\(name.printable)' are said to lie in other files, which are not read; save the weights as .safetensors"
      )
    }
  }

  /// A cursor over the first message of a type.
  func message(_ type: UInt16, path: String) -> ByteCursor? {
    messages.first { $0.type == type }.map { ByteCursor($0.data, path: path) }
  }
}
