import Files
import Messages
import TensorCore

extension TorchArchive {
  /// A pickle of Python in which NumPy's arrays are, or a `.npy` file that is an object: dictionaries of arrays by name, as
  /// detectron2 and many others keep weights.
  static func openPickle(_ file: InputFile) throws(WeightFileError) -> TorchArchive {
    let cursor = ByteCursor(file, in: 0..<file.size)
    let isObjectArray = try skipObjectHeader(cursor, file)
    let machine = PickleMachine(cursor)
    var root: PickleValue
    do {
      root = try machine.run()
    } catch  where error.code == .forbiddenGlobal || error.code == .deceptivePickle {
      throw error
    } catch {
      throw WeightFileError(
        error.code, file: file.path,
        "this is a Python pickle that PyTorch did not write, and it cannot be followed: \(error.message); \(ForeignKind.resave)"
      )
    }
    guard cursor.remaining == 0 else {
      throw cursor.fault(.unclaimedBytes, "\(cursor.remaining) bytes follow the pickle")
    }
    if isObjectArray { root = content(of: root, in: machine.heap) }
    var archive = TorchArchive(container: .pickle, heap: machine.heap, root: root, storages: [:])
    archive.addArrays(of: machine)
    return archive
  }

  /// Adds the bytes of NumPy's arrays, which lie in the pickle.
  mutating func addArrays(of machine: PickleMachine) {
    hasArrays = hasArrays || !machine.arrays.isEmpty
    for (key, (reference, place)) in machine.arrays {
      storages[key] = StoredBytes(text: place, named: "array \(key)", byteCount: reference.byteCount)
    }
  }

  /// Skips the header of a `.npy` file of objects.
  ///
  /// - Returns: false for a file that is no `.npy` file.
  @discardableResult
  static func skipObjectHeader(_ cursor: ByteCursor, _ file: InputFile) throws(WeightFileError) -> Bool {
    let start = try file.array(in: 0..<min(file.size, NPY.prefixLimit))
    guard start.first == 0x93 else { return false }
    let header: Int
    do throws(NPY.FormatError) {
      header = try NPY.parseHeader(start).start
    } catch {
      throw WeightFileError(.malformedHeader, file: file.path, "\(error.message)")
    }
    try cursor.skip(header)
    return true
  }

  /// The only object in an array of objects; the array where it has several.
  private static func content(of root: PickleValue, in heap: PickleHeap) -> PickleValue {
    guard let object = heap.object(root), let state = object.state.flatMap(heap.tuple),
      let items = state.last.flatMap(heap.list), items.count == 1
    else { return root }
    return items[0]
  }
}
