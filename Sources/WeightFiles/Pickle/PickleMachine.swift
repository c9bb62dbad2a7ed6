import Messages

/// Runs the instructions of one pickle that a file of weights may have, and builds values. It calls nothing and looks
/// nothing up: the few functions of PyTorch that it understands are interpreted in `PickleMachine+Objects.swift`.
///
/// The instructions are those of Python's `pickletools`; memory, depth and sizes are bounded.
final class PickleMachine {
  /// A function that turns a persistent id into a value.
  typealias PersistentIDs = (inout PickleHeap, PickleValue, ByteCursor) throws(WeightFileError) -> PickleValue

  enum Limit {
    static let depth = 1000
    static let memo = 1 << 20
    static let pickle = 64 << 20
    static let globalName = 512
    /// Bytes of memory that values may take, in addition to half the size of the file, and the most that this half counts.
    static let (memory, share) = (8 << 20, 256 << 20)
    /// Bytes of a text that is kept.
    static let text = 64 << 10
    /// Most steps in the search for the tensors of a network among the values.
    static let search = 16 << 20
  }

  let cursor: ByteCursor
  var heap: PickleHeap
  /// For each node, how deep it was when it was built.
  var depths: [UInt16]
  var stack: [PickleValue] = []
  var marks: [Int] = []
  var memo: [Int: PickleValue] = [:]
  var memory = 0
  /// The places of short texts, by their nodes.
  var texts: [Int: PickledBytes] = [:]
  /// The bytes of NumPy's arrays, by the keys of their storages.
  var arrays: [String: (reference: StorageReference, place: PickledBytes)] = [:]
  /// The nodes of containers that a call or a state was given.
  var frozen: Set<Int> = []
  let start: Int
  /// The end of the frame that instructions lie in.
  var frameEnd: Int?
  /// Bytes of blobs, such as the elements of arrays, which are left where they are.
  var skippedBytes = 0
  let persistentIDs: PersistentIDs?

  /// A machine at the beginning of a pickle. `heap` may hold values that persistent ids will name.
  init(_ cursor: ByteCursor, heap: PickleHeap = PickleHeap(), persistentIDs: PersistentIDs? = nil) {
    self.cursor = cursor
    self.heap = heap
    self.persistentIDs = persistentIDs
    depths = Array(repeating: 0, count: heap.nodes.count)
    start = cursor.position
  }

  /// Runs up to the end of the pickle and returns the value that it makes.
  ///
  /// - Throws: ``WeightFileError`` with `truncated`, `malformedPickle`, `unsupportedOpcode`, `forbiddenGlobal`,
  ///   `pickleLimit`, or a code of tensors and storages.
  func run() throws(WeightFileError) -> PickleValue {
    while true {
      guard cursor.position - start - skippedBytes <= Limit.pickle else {
        throw cursor.fault(
          .pickleLimit, "a pickle of more than \(Limit.pickle) bytes beside the elements of arrays")
      }
      let position = cursor.position
      if position == frameEnd { frameEnd = nil }
      let opcode = try cursor.byte()
      if opcode == PickleOpcode.stop.rawValue { break }
      try step(opcode, at: position)
      // Python reads a frame as a whole, and what follows it from its end.
      guard cursor.position <= frameEnd ?? .max else {
        throw cursor.fault(.malformedPickle, "an instruction that reaches over the end of its frame")
      }
    }
    guard cursor.position == frameEnd ?? cursor.position else {
      throw cursor.fault(.malformedPickle, "the pickle ends before its last frame does")
    }
    let result = try pop()
    guard stack.isEmpty, marks.isEmpty else {
      throw cursor.fault(.malformedPickle, "the pickle ends with \(stack.count) values that belong nowhere")
    }
    return result
  }

  /// Runs one pickle that refers to nothing outside, and returns its heap and the value in it.
  static func value(at cursor: ByteCursor) throws(WeightFileError) -> (heap: PickleHeap, root: PickleValue) {
    let machine = PickleMachine(cursor)
    let root = try machine.run()
    return (machine.heap, root)
  }

  private func step(_ byte: UInt8, at position: Int) throws(WeightFileError) {
    guard let opcode = PickleOpcode(rawValue: byte) else { throw unsupported(byte, at: position) }
    switch opcode {
    case .proto: try checkProtocol()
    case .frame: try checkFrame()
    case .mark: try mark()
    case .global: try pushGlobal(module: line(), name: line())
    case .stackGlobal:
      let name = try popName()
      try pushGlobal(module: popName(), name: name)
    case .reduce: try call()
    case .newobj: try makeObject()
    case .newobjEx: try makeObject(hasKeywords: popKeywords())
    case .build: try build()
    case .binpersid: try pushPersistent()
    case .emptyTuple: try pushTuple([])
    case .tuple: try pushTuple(popMark())
    case .tuple1: try pushTuple(pop(count: 1))
    case .tuple2: try pushTuple(pop(count: 2))
    case .tuple3: try pushTuple(pop(count: 3))
    case .emptyList: try push(new: .list([]))
    case .emptyDict: try push(new: .dict([]))
    case .emptySet: try push(new: .set([]))
    case .frozenset: try pushFrozenSet()
    case .append: try append([pop()], as: .elements, to: top())
    case .appends, .additems: try append(popMark()[...], as: .elements, to: top())
    case .setitem:
      let value = try pop()
      try append([pop(), value], as: .entries, to: top())
    case .setitems:
      let items = try popMark()
      guard items.count.isMultiple(of: 2) else {
        throw cursor.fault(.malformedPickle, "a dictionary with a key that has no value")
      }
      try append(items[...], as: .entries, to: top())
    // A tuple that holds itself is made, and dropped for the one that was remembered.
    case .pop: _ = try pop()
    case .popMark: _ = try popMark()
    case .binput: try remember(Int(cursor.byte()))
    case .longBinput: try remember(cursor.count(UInt32.self))
    case .memoize: try remember(memo.count)
    case .binget: try recall(Int(cursor.byte()))
    case .longBinget: try recall(cursor.count(UInt32.self))
    default:
      guard try pushConstant(opcode) else { throw unsupported(byte, at: position) }
    }
  }

  private func unsupported(_ byte: UInt8, at position: Int) -> WeightFileError {
    WeightFileError(
      .unsupportedOpcode, file: cursor.path,
      "at byte \(position): the pickle instruction \(PickleOpcode.hexadecimal(byte)) has no place in a file of weights"
    )
  }

  private func checkProtocol() throws(WeightFileError) {
    let version = try cursor.byte()
    guard version <= 5 else {
      throw cursor.fault(.malformedPickle, "pickle protocol \(version); the latest is 5")
    }
  }

  private func checkFrame() throws(WeightFileError) {
    guard frameEnd == nil else {
      throw cursor.fault(.malformedPickle, "a frame begins within another one")
    }
    let size = try cursor.count(UInt64.self)
    guard size <= cursor.remaining else {
      throw cursor.fault(.truncated, "a frame of \(size) bytes, where \(cursor.remaining) are left")
    }
    frameEnd = cursor.position + size
  }
}
