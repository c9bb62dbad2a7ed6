package import ModelDescriptor
package import TensorCore
import WeightFiles

extension TensorLayout {
  /// For each axis in the graph's layout, the source's axis. Pointwise tensors have two axes more in the source.
  private func axes(rank: Int) -> [Int] {
    switch self {
    case .pointwise: [0, 1]
    case .outputsLast: rank == 4 ? [3, 2, 0, 1] : [1, 0]
    case .pointwiseOutputsLast: [3, 2]
    }
  }

  /// True if tensors of that shape can be stored so in a source.
  private func canBe(_ shape: Shape) -> Bool {
    // Extents of nothing could be too large in another order.
    guard shape.elementCount > 0 else { return false }
    return switch self {
    case .pointwise: shape.rank == 4 && shape.dimensions[2...] == [1, 1]
    case .outputsLast: shape.rank == 2 || shape.rank == 4
    case .pointwiseOutputsLast: shape.rank == 4 && shape.dimensions[..<2] == [1, 1]
    }
  }

  /// The shape in the graph's layout of a tensor that has the given one in the source; the same for one that cannot be
  /// stored so.
  func ownShape(of shape: Shape) -> Shape {
    guard canBe(shape) else { return shape }
    return Shape(axes(rank: shape.rank).map { shape.dimensions[$0] })
  }

  /// A tensor of the source in the graph's layout.
  ///
  /// - Complexity: O(number of elements) where axes change places.
  func own(_ tensor: Tensor) -> Tensor {
    guard canBe(tensor.shape) else { return tensor }
    let extents = tensor.shape.dimensions
    return switch self {
    case .pointwise: tensor.reshaped(ownShape(of: tensor.shape))
    case .outputsLast: tensor.permuted(axes(rank: tensor.shape.rank))
    case .pointwiseOutputsLast: tensor.reshaped(Shape(Array(extents[2...]))).permuted([1, 0])
    }
  }

  /// A tensor of the graph in the source's layout.
  ///
  /// - Complexity: O(number of elements) where axes change places.
  package func foreign(_ tensor: Tensor) -> Tensor {
    switch self {
    case .pointwise:
      guard tensor.shape.rank == 2 else { return tensor }
      return tensor.reshaped(Shape(tensor.shape.dimensions + [1, 1]))
    case .pointwiseOutputsLast:
      guard tensor.shape.rank == 2, tensor.shape.elementCount > 0 else { return tensor }
      let matrix = tensor.permuted([1, 0])
      return matrix.reshaped(Shape([1, 1] + matrix.shape.dimensions))
    case .outputsLast:
      guard canBe(tensor.shape) else { return tensor }
      return tensor.permuted(tensor.shape.rank == 4 ? [2, 3, 1, 0] : [1, 0])
    }
  }

  /// The elements of a source's tensor, to be compared with those in the graph's layout.
  func own(_ elements: consuming SourceElements) -> SourceElements {
    guard canBe(Shape(elements.dimensions)) else { return elements }
    return SourceElements(elements, axes: axes(rank: elements.dimensions.count))
  }
}

extension Tensor {
  /// The same elements with the axes in another order.
  ///
  /// - Parameter axes: for each axis of the result, one of this tensor; each once.
  /// - Complexity: O(number of elements).
  func permuted(_ axes: [Int]) -> Tensor {
    let extents = axes.map { shape.dimensions[$0] }
    var own = Array(repeating: 1, count: shape.rank)
    for axis in own.indices.dropLast().reversed() { own[axis] = own[axis + 1] * shape.dimensions[axis + 1] }
    let strides = axes.map { own[$0] }
    let size = elementType.byteCount
    var buffer = AlignedBuffer(byteCount: byteCount)
    var target = buffer.mutableBytes
    let source = bytes
    var position = Array(repeating: 0, count: extents.count)
    var place = 0
    for index in 0..<shape.elementCount {
      for byte in 0..<size {
        target.storeBytes(
          of: source.byte(at: place * size + byte), toByteOffset: index * size + byte, as: UInt8.self)
      }
      // The next index, the last axis innermost.
      for axis in position.indices.reversed() {
        position[axis] += 1
        place += strides[axis]
        guard position[axis] == extents[axis] else { break }
        place -= extents[axis] * strides[axis]
        position[axis] = 0
      }
    }
    return Tensor(shape: Shape(extents), elementType: elementType, buffer: buffer)
  }
}

extension RawSpan {
  fileprivate func byte(at offset: Int) -> UInt8 {
    // Bounds are checked; every byte is a UInt8.
    unsafe unsafeLoad(fromByteOffset: offset, as: UInt8.self)
  }
}
