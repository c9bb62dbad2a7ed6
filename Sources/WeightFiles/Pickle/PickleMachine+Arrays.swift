/// NumPy's arrays in pickles. Their functions are interpreted, and their elements stay where they are.
extension PickleMachine {
  /// The functions of NumPy that make arrays and types, and the one of Python that makes bytes of a text.
  enum ArrayFunction {
    case reconstruct, fromBuffer, encode

    init?(_ name: String) {
      switch name {
      case "numpy.core.multiarray._reconstruct", "numpy._core.multiarray._reconstruct": self = .reconstruct
      case "numpy.core.numeric._frombuffer", "numpy._core.numeric._frombuffer": self = .fromBuffer
      case "_codecs.encode": self = .encode
      default: return nil
      }
    }
  }

  /// The value of a call of one of these functions; nil where it is none that is understood.
  func array(_ function: ArrayFunction, _ items: [PickleValue]) throws(WeightFileError) -> PickleNode? {
    switch function {
    // The state that follows says which array it is.
    case .reconstruct: return nil
    case .encode:
      guard items.count == 2, let encoding = heap.string(items[1]),
        ["latin1", "latin-1", "iso-8859-1"].contains(encoding), let place = place(of: items[0]), place.isText
      else { return nil }
      return .blob(place)
    case .fromBuffer:
      guard items.count == 4, let shape = heap.integers(items[2]) else { return nil }
      guard let order = heap.string(items[3]), ["C", "F"].contains(order) else {
        throw cursor.fault(
          .deceptivePickle, "an array whose order is neither 'C' nor 'F'; do not trust this file")
      }
      return try array(of: items[1], shape: shape, isFortranOrder: order == "F", elements: items[0])
    }
  }

  /// The array that `_reconstruct` began, by its state: `(version, shape, type, isFortranOrder, elements)`, before NumPy 1.0 without
  /// the version; nil for the state of anything else.
  func array(state: PickleValue) throws(WeightFileError) -> PickleNode? {
    guard var items = heap.tuple(state) else { return nil }
    if items.count == 5 {
      guard case .int = items[0] else { return nil }
      items.removeFirst()
    }
    guard items.count == 4, let shape = heap.integers(items[0]) else { return nil }
    let isFortranOrder: Bool
    switch items[2] {
    case .bool(let flag): isFortranOrder = flag
    case .int(let number) where (0...1).contains(number): isFortranOrder = number == 1
    default:
      throw cursor.fault(
        .deceptivePickle,
        "an array whose order is said by something else than True or False; do not trust this file")
    }
    return try array(of: items[1], shape: shape, isFortranOrder: isFortranOrder, elements: items[3])
  }

  private func array(
    of type: PickleValue, shape: [Int], isFortranOrder: Bool, elements: PickleValue
  ) throws(WeightFileError) -> PickleNode? {
    guard let name = try typeName(type) else { return nil }
    // Objects are no numbers, and stay values.
    guard let place = place(of: elements) else { return nil }
    guard let (element, isBigEndian) = ScalarType.numPy(name) else {
      return .unreadable(UnreadableTensor(what: "an array of NumPy's type '\(name)'", dimensions: shape))
    }
    guard !isBigEndian || element.byteCount == 1 else {
      return .unreadable(UnreadableTensor(what: "an array of big-endian elements", dimensions: shape))
    }
    var count = element.byteCount
    for extent in shape {
      let (product, overflow) = count.multipliedReportingOverflow(by: extent)
      guard extent >= 0, !overflow else {
        throw cursor.fault(.invalidTensor, "an array of the shape \(shape)")
      }
      count = product
    }
    guard place.canHold(count) else {
      throw cursor.fault(
        .invalidTensor, "\(place.range.count) bytes for an array of the shape \(shape) of '\(name)'")
    }
    let key = "@\(place.range.lowerBound)"
    let storage = StorageReference(key: key, type: element, byteCount: count, part: 0..<count)
    if let other = arrays[key], other.reference.byteCount != count {
      throw cursor.fault(
        .storageMismatch, "the bytes of two arrays of different sizes begin at \(place.range.lowerBound)")
    }
    guard arrays.count < TorchArchive.storageLimit else {
      throw cursor.fault(.pickleLimit, "more than \(TorchArchive.storageLimit) arrays")
    }
    try charge(160 + 16 * shape.count)
    arrays[key] = (storage, place)
    do throws(TensorRecord.Fault) {
      return .tensor(
        try TensorRecord(
          storage: storage, type: element, offset: 0, dimensions: shape,
          strides: StoredArray.strides(shape, isFortranOrder: isFortranOrder)))
    } catch {
      throw cursor.fault(error.code, "an array: \(error.message)")
    }
  }

  /// The name of an element type with its byte order, for example `<f4`: the first argument of `numpy.dtype`, and the second entry of
  /// its state.
  private func typeName(_ value: PickleValue) throws(WeightFileError) -> String? {
    guard let object = heap.object(value), object.name == "numpy.dtype",
      let name = heap.tuple(object.arguments)?.first.flatMap(heap.string), name.utf8.count <= 16
    else { return nil }
    // A state that follows later would change the array.
    guard let state = object.state else { return name + " without an order" }
    // (version, order, base and shape of each element, names, fields, …)
    guard let parts = heap.tuple(state), parts.count >= 5, let order = heap.string(parts[1]),
      ["<", ">", "=", "|"].contains(order)
    else { throw cursor.fault(.malformedPickle, "a type of NumPy's with a state of an unusual form") }
    guard parts[2...4].allSatisfy({ $0 == .none }) else { return "|" + name + "…" }
    return order + name
  }

  /// The place of bytes, or of a text that stands for some.
  private func place(of value: PickleValue) -> PickledBytes? {
    guard case .node(let index) = value else { return nil }
    if case .blob(let place) = heap.nodes[index] { return place }
    return texts[index]
  }
}
