/// A run of bytes that tensors look into, as a pickle or a table of TAR names it.
struct StorageReference: Equatable {
  /// Its name in the file.
  var key: String
  /// The type of its elements; nil where each tensor says it.
  var type: ScalarType?
  /// The class of a storage whose elements are not understood.
  var foreignType: String?
  /// Bytes of the whole storage in the file.
  var byteCount: Int
  /// The part that tensors count their offsets from.
  var part: Range<Int>

  /// True for the bytes of an array that lies in the pickle itself, and says its own byte order.
  var isArray: Bool { key.hasPrefix("@") }

  /// Bytes of one element; nil where each tensor says it.
  var elementSize: Int? { type?.byteCount ?? foreignType.flatMap(TorchGlobals.foreignElementSize) }
}

/// The place of a tensor in a storage. The extent is known to lie within the storage's part.
struct TensorRecord: Equatable {
  var storage: StorageReference
  var type: ScalarType
  /// The first element, counted from the beginning of the storage's part.
  var offset: Int
  var dimensions: [Int]
  /// Elements from one index to the next, for each dimension.
  var strides: [Int]

  /// Most dimensions.
  static let rankLimit = 16

  /// The reason why a record is impossible.
  struct Fault: Error {
    var code: WeightFileError.Code
    var message: String
  }

  /// Checks a file's statements about a tensor.
  init(
    storage: StorageReference, type: ScalarType, offset: Int, dimensions: [Int], strides: [Int]
  ) throws(Fault) {
    self.storage = storage
    self.type = type
    self.offset = offset
    self.dimensions = dimensions
    self.strides = strides
    guard dimensions.count <= Self.rankLimit, strides.count == dimensions.count else {
      throw Fault(
        code: .invalidTensor,
        message:
          "\(dimensions.count) dimensions and \(strides.count) strides; at most \(Self.rankLimit) are allowed"
      )
    }
    guard offset >= 0, dimensions.allSatisfy({ $0 >= 0 }), strides.allSatisfy({ $0 >= 0 }) else {
      throw Fault(
        code: .invalidTensor,
        message: "offset \(offset), shape \(dimensions), strides \(strides): none may be negative")
    }
    guard TensorLimit.isSound(dimensions),
      let end = Self.end(offset: offset, dimensions: dimensions, strides: strides),
      !end.multipliedReportingOverflow(by: type.byteCount).overflow
    else {
      throw Fault(
        code: .invalidTensor,
        message: "offset \(offset), shape \(dimensions), strides \(strides): the numbers are too large")
    }
    guard end * type.byteCount <= storage.part.count else {
      throw Fault(
        code: .outOfRange,
        message:
          "shape \(dimensions) with strides \(strides) from element \(offset) on ends at element \(end), but "
          + "storage '\(storage.key)' has \(storage.part.count / type.byteCount)")
    }
  }

  /// One more than the largest element index, or `offset` of a tensor without elements; nil when it overflows.
  private static func end(offset: Int, dimensions: [Int], strides: [Int]) -> Int? {
    var count = 1
    var end = offset
    var isEmpty = false
    for (extent, stride) in zip(dimensions, strides) {
      if extent == 0 {
        isEmpty = true
        continue
      }
      let product = count.multipliedReportingOverflow(by: extent)
      let reach = (extent - 1).multipliedReportingOverflow(by: stride)
      let sum = end.addingReportingOverflow(reach.partialValue)
      guard !product.overflow, !reach.overflow, !sum.overflow else { return nil }
      count = product.partialValue
      end = sum.partialValue
    }
    guard !count.multipliedReportingOverflow(by: 8).overflow else { return nil }
    if isEmpty { return offset }
    let (after, overflow) = end.addingReportingOverflow(1)
    return overflow ? nil : after
  }

  var elementCount: Int { dimensions.reduce(1, *) }

  /// True if PyTorch turns the bytes of a big-endian file's elements as a whole: it turns those of the storage's elements, whatever the
  /// tensor's are, and leaves a storage without a type as it is.
  var hasOrderOfStorage: Bool {
    storage.isArray || type.byteCount == storage.type?.byteCount ?? 1
  }

  /// Elements from the first to the last, both included.
  var extent: Int {
    guard elementCount > 0 else { return 0 }
    return zip(dimensions, strides).reduce(1) { $0 + ($1.0 - 1) * $1.1 }
  }

  /// True if the elements lie one after the other, the last dimension innermost.
  var isContiguous: Bool {
    var expected = 1
    for (extent, stride) in zip(dimensions, strides).reversed() where extent != 1 {
      guard stride == expected else { return false }
      expected *= extent
    }
    return true
  }

  /// The bytes that it needs, counted from the beginning of the storage.
  var byteRange: Range<Int> {
    let start = storage.part.lowerBound + offset * type.byteCount
    return start..<(start + extent * type.byteCount)
  }
}
