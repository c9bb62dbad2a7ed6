import Files
import Messages

/// The names in a group: a B-tree of symbol tables, with the names in a heap (III.A.1, III.B, III.D, version 1).
struct HDF5Group {
  var entries: [(name: String, header: Int)] = []
  /// The names so far.
  private var names: Set<String> = []
  /// The addresses of the tree's nodes.
  private var visited: Set<Int> = []

  enum Limit {
    static let entries = 1 << 16
    static let depth = 16
    static let name = 1024
  }

  init(_ bytes: HDF5Bytes, tree: Int, heap: Int) throws(WeightFileError) {
    let names = try bytes.cursor(at: heap, count: 32)
    guard try names.integer(UInt32.self) == 0x5041_4548 else {
      throw bytes.fault("no heap of names", at: heap)
    }
    try names.skip(4)
    let size = try names.hdf5Address()
    try names.skip(8)
    try visit(tree, depth: 0, bytes, names: (try names.hdf5Address(), size))
  }

  private mutating func visit(
    _ address: Int, depth: Int, _ bytes: HDF5Bytes, names: (start: Int, size: Int)
  ) throws(WeightFileError) {
    guard depth <= Limit.depth else { throw bytes.fault("a tree deeper than \(Limit.depth)", at: address) }
    guard visited.insert(address).inserted else {
      throw bytes.fault("a tree that leads to one node twice", at: address)
    }
    let head = try bytes.cursor(at: address, count: 8)
    switch try head.integer(UInt32.self) {
    case 0x4545_5254:  // TREE
      guard try head.byte() == 0 else { throw bytes.fault("a tree that is not of names", at: address) }
      let level = Int(try head.byte())
      let count = Int(try head.integer(UInt16.self))
      guard depth + level <= Limit.depth else {
        throw bytes.fault("a tree deeper than its levels", at: address)
      }
      let children = try bytes.cursor(at: address + 24, count: 16 * count)
      for _ in 0..<count {
        try children.skip(8)
        try visit(try children.hdf5Address(), depth: depth + 1, bytes, names: names)
      }
    case 0x444F_4E53:  // SNOD
      try head.skip(2)
      let count = Int(try head.integer(UInt16.self))
      let symbols = try bytes.cursor(at: address + 8, count: 40 * count)
      for _ in 0..<count {
        let offset = try symbols.hdf5Address()
        let header: UInt64 = try symbols.integer()
        let kind = try symbols.integer(UInt32.self)
        try symbols.skip(20)
        let name = try Self.name(at: offset, bytes, names)
        guard self.names.insert(name).inserted else {
          throw WeightFileError(
            .duplicateTensor, file: bytes.file.path,
            "HDF5, at byte \(address): a group has '\(name.printable)' twice, and programs differ in which they take; do not trust "
              + "this file")
        }
        guard kind != 2 else {
          throw WeightFileError(
            .unsupportedTensor, file: bytes.file.path,
            "HDF5: '\(name.printable)' is a link to another place in the file, which is not followed; save the weights as .safetensors"
          )
        }
        entries.append((name, Int(exactly: header) ?? .max))
        guard entries.count <= Limit.entries else {
          throw bytes.fault("a group of more than \(Limit.entries) names", at: address)
        }
      }
    default: throw bytes.fault("no tree of names", at: address)
    }
  }

  private static func name(
    at offset: Int, _ bytes: HDF5Bytes, _ names: (start: Int, size: Int)
  ) throws(WeightFileError) -> String {
    guard offset < names.size, names.start <= bytes.range.count else {
      throw bytes.fault("a name outside of its heap", at: names.start)
    }
    let count = min(Limit.name, names.size - offset, bytes.range.count - names.start)
    let (address, overflow) = names.start.addingReportingOverflow(offset)
    guard !overflow, address <= bytes.range.count else {
      throw bytes.fault("a name outside of its heap", at: names.start)
    }
    let text = try bytes.bytes(at: address, count: min(count, bytes.range.count - address)).prefix { $0 != 0 }
    guard let name = String(validating: text, as: UTF8.self), !name.isEmpty, name.utf8.count < Limit.name
    else {
      throw WeightFileError(
        .unsafeName, file: bytes.file.path, "HDF5, at byte \(address): a name that is none")
    }
    return name
  }
}
