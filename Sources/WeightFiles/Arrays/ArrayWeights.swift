package import Files
package import Messages
package import TensorCore

/// Named arrays of one file that is no table of a framework: NumPy's, or HDF5's datasets.
package final class ArrayWeights: WeightSource {
  package let path: String
  package let container: String
  package let byteCount: Int
  package let tensors: [SourceTensor]
  package let notes: [Remark]
  package let wholeFile: InputFile?
  package let keras: KerasFacts?
  private let file: InputFile
  private let arrays: [StoredArray]
  private var conversions = ConversionNotes()

  /// - Throws: ``WeightFileError`` with `duplicateTensor`, `unsafeName`, `invalidTensor` or `noStateDict`.
  init(
    _ file: InputFile, container: String, arrays: [StoredArray], notes: [Remark] = [],
    keras: KerasFacts? = nil
  ) throws(WeightFileError) {
    var names: Set<String> = []
    for array in arrays {
      try StateDict.check(array.name, file: file.path)
      guard names.insert(array.name).inserted else {
        throw WeightFileError(
          .duplicateTensor, file: file.path, "two arrays are named '\(array.name.printable)'")
      }
    }
    guard arrays.contains(where: { $0.record != nil }) else {
      throw WeightFileError(.noStateDict, file: file.path, "the file holds no arrays of numbers by name")
    }
    self.file = file
    self.container = container
    self.arrays = arrays
    self.notes = notes
    self.keras = keras
    path = file.path
    byteCount = file.size
    wholeFile = file
    tensors = arrays.map { array in
      guard let record = array.record else {
        let shape = UnreadableTensor(what: array.typeName, dimensions: array.dimensions).soundDimensions
        return SourceTensor(
          name: array.name, shape: Shape(shape ?? []), type: array.typeName, byteCount: 0, isSuitable: false)
      }
      return SourceTensor(
        name: array.name, shape: Shape(record.dimensions), type: record.type.rawValue,
        byteCount: record.elementCount * record.type.byteCount)
    }
  }

  package func read(_ index: Int) throws(WeightFileError) -> Tensor {
    let array = arrays[index]
    let record = try record(of: array)
    let bytes = try array.bytes.read(from: file)
    return ElementGather(record: record, swaps: array.isBigEndian).tensor(
      bytes.bytes.extracting(droppingFirst: array.headerCount), shape: Shape(record.dimensions),
      name: array.name,
      notes: &conversions)
  }

  package func elements(_ index: Int) throws(WeightFileError) -> SourceElements {
    let array = arrays[index]
    let record = try record(of: array)
    let bytes = try array.bytes.read(from: file)
    let count = bytes.byteCount - array.headerCount
    let copy = AlignedBuffer(byteCount: count, uninitialized: true)
    // Both have `count` bytes from there on.
    unsafe copy.baseAddress.copyMemory(from: bytes.baseAddress + array.headerCount, byteCount: count)
    return SourceElements(record, isBigEndian: array.isBigEndian, buffer: copy)
  }

  private func record(of array: StoredArray) throws(WeightFileError) -> TensorRecord {
    guard let record = array.record else {
      throw WeightFileError(
        .unsupportedTensor, file: path,
        "the elements of '\(array.name.printable)' are not read: they are \(array.typeName.printable)")
    }
    return record
  }

  package func finish() throws(WeightFileError) -> [String] { conversions.sentences }
}
