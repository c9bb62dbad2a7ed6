import CZlib

/// zlib's state of one deflate stream, in either direction.
@safe final class RawStream {
  /// One of zlib's functions, called with the state.
  typealias Step = (UnsafeMutablePointer<z_stream>) -> Int32

  /// Window bits below zero: no wrapper around the stream.
  static let windowBits: Int32 = -15
  /// The size by which zlib knows that it was built with the same header.
  static let stateSize = unsafe Int32(MemoryLayout<z_stream>.size)

  private let state: UnsafeMutablePointer<z_stream>
  private let end: Step

  init(start: Step, end: @escaping Step) {
    unsafe state = .allocate(capacity: 1)
    unsafe state.initialize(to: z_stream())
    unsafe self.end = end
    let status = unsafe start(state)
    precondition(status == Z_OK, "zlib cannot start: status \(status)")
  }

  deinit {
    _ = unsafe end(state)
    unsafe state.deallocate()
  }

  /// Makes zlib read from `source`, of at most 1 GiB, and write to the front of `target`, of which it sees 1 GiB at most.
  ///
  /// - Returns: zlib's status, and how many bytes it read and wrote.
  func run(
    _ source: RawSpan, into target: inout MutableRawSpan, _ step: Step
  ) -> (status: Int32, read: Int, written: Int) {
    let room = min(target.byteCount, 1 << 30)
    return unsafe source.withUnsafeBytes { source in
      unsafe target.withUnsafeMutableBytes { target in
        var nothing: UInt8 = 0
        return unsafe withUnsafeMutablePointer(to: &nothing) { nothing in
          // zlib only reads from next_in, whatever its type says; and it wants an address even for no output.
          unsafe state.pointee.next_in = UnsafeMutablePointer(
            mutating: source.assumingMemoryBound(to: UInt8.self).baseAddress)
          unsafe state.pointee.avail_in = UInt32(source.count)
          unsafe state.pointee.next_out = target.assumingMemoryBound(to: UInt8.self).baseAddress ?? nothing
          unsafe state.pointee.avail_out = UInt32(room)
          let status = unsafe step(state)
          return unsafe (
            status, source.count - Int(state.pointee.avail_in), room - Int(state.pointee.avail_out)
          )
        }
      }
    }
  }

  /// Makes zlib forget what it has read and written.
  func reset(_ step: Step) { _ = unsafe step(state) }
}
