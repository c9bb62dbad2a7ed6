/// An immutable tensor: a shape, an element type, and the elements in row-major order, little-endian. The elements of `int8`
/// have their scales before them.
///
/// Copies share the elements.
@safe public struct Tensor: @unchecked Sendable {
  public let shape: Shape
  /// The storage type of each element.
  public let elementType: ElementType
  /// Where the elements lie; `storage` keeps them there.
  private let baseAddress: UnsafeRawPointer
  private let storage: TensorStorage

  /// A tensor that takes over a filled buffer.
  ///
  /// - Precondition: the buffer holds exactly the shape's elements.
  public init(shape: Shape, elementType: ElementType, buffer: consuming AlignedBuffer) {
    self.init(shape: shape, elementType: elementType, storage: TensorStorage(buffer))
  }

  /// A float32 tensor with the given elements.
  ///
  /// - Precondition: there are as many elements as the shape says.
  public init(shape: Shape, floats: [Float]) {
    var buffer = AlignedBuffer(floatCount: floats.count, uninitialized: true)
    var span = buffer.mutableFloats
    for index in floats.indices { span[index] = floats[index] }
    self.init(shape: shape, elementType: .float32, buffer: buffer)
  }

  /// A tensor over elements that `storage` keeps alive, such as a mapped file.
  package init(shape: Shape, elementType: ElementType, storage: TensorStorage) {
    precondition(
      storage.byteCount == elementType.byteCount(of: shape),
      "\(storage.byteCount) bytes for a tensor of shape \(shape) and type \(elementType.rawValue)")
    self.shape = shape
    self.elementType = elementType
    unsafe baseAddress = storage.baseAddress
    self.storage = storage
  }

  /// The same elements, shared, in another shape.
  ///
  /// - Precondition: the shape has as many elements, and as many scales where the type has them.
  public func reshaped(_ shape: Shape) -> Tensor {
    Tensor(shape: shape, elementType: elementType, storage: storage)
  }

  /// The size of the elements in bytes, with the scales of `int8`.
  public var byteCount: Int { elementType.byteCount(of: shape) }

  /// The elements as they lie in memory, little-endian.
  public var bytes: RawSpan {
    @_lifetime(borrow self)
    get {
      let span = unsafe RawSpan(_unsafeStart: baseAddress, byteCount: byteCount)
      // As AlignedBuffer explains.
      return unsafe _overrideLifetime(span, borrowing: self)
    }
  }

  /// The elements of a float32 tensor.
  ///
  /// - Precondition: ``elementType`` is `float32`.
  public var floats: Span<Float> {
    @_lifetime(borrow self)
    get {
      precondition(elementType == .float32, "a tensor of \(elementType.rawValue) has no float32 elements")
      let span = unsafe Span(
        _unsafeStart: baseAddress.assumingMemoryBound(to: Float.self), count: shape.elementCount)
      return unsafe _overrideLifetime(span, borrowing: self)
    }
  }

  /// The elements of a float32 tensor for the kernels of this package; valid as long as a copy of the tensor.
  package var floatPointer: UnsafePointer<Float> {
    precondition(elementType == .float32, "a tensor of \(elementType.rawValue) has no float32 elements")
    return unsafe baseAddress.assumingMemoryBound(to: Float.self)
  }

  /// The integers of an int8 tensor for the kernels of this package; valid as long as a copy of the tensor.
  package var integerPointer: UnsafePointer<Int8> {
    precondition(elementType == .int8, "a tensor of \(elementType.rawValue) has no integers")
    return unsafe (baseAddress + elementType.scaleByteCount(of: shape)).assumingMemoryBound(to: Int8.self)
  }
}

/// Bytes that never change, and whatever keeps them alive.
@safe package final class TensorStorage: @unchecked Sendable {
  let baseAddress: UnsafeRawPointer
  let byteCount: Int
  private let owner: AnyObject?

  /// Storage that owns a buffer.
  init(_ buffer: consuming AlignedBuffer) {
    let owner = BufferOwner(buffer)
    unsafe baseAddress = UnsafeRawPointer(owner.buffer.baseAddress)
    byteCount = owner.buffer.byteCount
    self.owner = owner
  }

  /// Storage over bytes that stay valid and unchanged for as long as `owner` lives.
  ///
  /// - Precondition: the bytes are aligned for the elements that a tensor will read from them.
  package init(bytes: UnsafeRawBufferPointer, owner: AnyObject) {
    // An empty region has no address of its own; any non-null one will do, as nothing is read from it.
    unsafe baseAddress =
      bytes.baseAddress ?? UnsafeRawPointer(bitPattern: AlignedBuffer.alignment).unsafelyUnwrapped
    byteCount = bytes.count
    self.owner = owner
  }
}

/// A buffer that several objects share.
final class BufferOwner {
  let buffer: AlignedBuffer
  init(_ buffer: consuming AlignedBuffer) { self.buffer = buffer }
}
