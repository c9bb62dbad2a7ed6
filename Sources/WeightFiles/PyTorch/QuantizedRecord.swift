/// The place of a quantised tensor's integers in a PyTorch file, and what they stand for: scale · (integer − zero point).
struct QuantizedRecord: Equatable {
  /// The integers, which are of the type int8 or uint8.
  var integers: TensorRecord
  var scheme: Scheme

  enum Scheme: Equatable {
    /// One scale and one zero point for all.
    case whole(scale: Double, zeroPoint: Int)
    /// One of each for each index of an axis.
    case channels(scales: TensorRecord, zeroPoints: TensorRecord, axis: Int)
  }

  /// The types of PyTorch's integers by the classes of their storages; of others no network is read.
  static let types: [String: ScalarType] = [
    "torch.QInt8Storage": .int8, "torch.QUInt8Storage": .uint8,
  ]

  /// The tensors that its elements are computed from.
  var records: [TensorRecord] {
    switch scheme {
    case .whole: [integers]
    case .channels(let scales, let zeroPoints, _): [integers, scales, zeroPoints]
    }
  }
}

extension PickleMachine {
  /// The tensor that `torch._utils._rebuild_qtensor` makes, of `(storage, offset, size, stride, scheme, requires_grad, hooks)`. It cannot be
  /// used as other tensors are; a network whose layers compute with integers takes its integers.
  ///
  /// - Throws: ``WeightFileError`` with `invalidTensor` or `outOfRange` for integers that the storage does not have.
  func quantizedTensor(_ items: [PickleValue]) throws(WeightFileError) -> UnreadableTensor {
    let size = items.indices.contains(2) ? heap.integers(items[2]) : nil
    var tensor = UnreadableTensor(what: "a quantised tensor", dimensions: size)
    guard items.count == 7, case .storage(let storage) = heap[items[0]], let offset = heap.int(items[1]),
      let size,
      let stride = heap.integers(items[3]), case .bool = items[5], let scheme = scheme(items[4])
    else { return tensor }
    guard let type = storage.foreignType.flatMap({ QuantizedRecord.types[$0] }) else {
      tensor.what = "a quantised tensor of '\(storage.foreignType ?? storage.type?.rawValue ?? "bytes")'"
      return tensor
    }
    var own = storage
    (own.type, own.foreignType) = (type, nil)
    do throws(TensorRecord.Fault) {
      let record = try TensorRecord(
        storage: own, type: type, offset: offset, dimensions: size, strides: stride)
      tensor.quantized = QuantizedRecord(integers: record, scheme: scheme)
    } catch {
      throw cursor.fault(error.code, "a quantised tensor: \(error.message)")
    }
    return tensor
  }

  /// The scheme of a quantised tensor: `(torch.per_tensor_affine, scale, zero_point)` or `(torch.per_channel_affine, scales, zero_points,
  /// axis)`; nil for others.
  private func scheme(_ value: PickleValue) -> QuantizedRecord.Scheme? {
    guard let parts = heap.tuple(value), let name = parts.first.flatMap(heap.global) else { return nil }
    switch (name, parts.count) {
    case ("torch.per_tensor_affine", 3):
      guard case .float(let scale) = parts[1], let zeroPoint = heap.int(parts[2]) else { return nil }
      return .whole(scale: scale, zeroPoint: zeroPoint)
    case ("torch.per_channel_affine", 4):
      guard case .tensor(let scales) = heap[parts[1]], case .tensor(let zeroPoints) = heap[parts[2]],
        let axis = heap.int(parts[3])
      else { return nil }
      return .channels(scales: scales, zeroPoints: zeroPoints, axis: axis)
    default: return nil
    }
  }
}
