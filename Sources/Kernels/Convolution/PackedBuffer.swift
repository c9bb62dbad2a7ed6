import TensorCore

/// Packed numbers, in memory of this process alone or in what processes have in common.
@safe final class PackedBuffer: @unchecked Sendable {
  /// The numbers, unless they are shared.
  private let own: AlignedBuffer
  /// The numbers that other processes have as well.
  private let shared: (any SharedBytes)?
  /// The address of the first byte.
  let start: UnsafeRawPointer
  let byteCount: Int

  /// - Parameter sharing: where processes have packed numbers in common; nil for memory of this one alone.
  init(_ own: consuming AlignedBuffer, sharing: (any ByteSharing)? = nil) {
    byteCount = own.byteCount
    shared = sharing?.shared(own.bytes)
    self.own = shared == nil ? own : AlignedBuffer(byteCount: 0)
    unsafe start = shared?.start ?? UnsafeRawPointer(self.own.baseAddress)
  }

  /// The memory of numbers that are not shared, to be written while no kernel reads them.
  var mutableStart: UnsafeMutableRawPointer { unsafe own.baseAddress }
}
