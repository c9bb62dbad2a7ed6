import NIOCore

extension Channel {
  /// Has the system let no further client connect to this listening socket, and waits until those that have are accepted.
  ///
  /// A socket that is closed at once takes with it the connections that wait in its queue, whose clients may have sent a request already. On other systems
  /// than Linux nothing is done.
  func refuseConnections() async {
    #if os(Linux)
    guard let socket = self as? any SocketOptionProvider else { return }
    let attachFilter = NIOBSDSocket.Option(rawValue: 26)
    let filter = unsafe PacketFilter(instructions: PacketFilter.dropAll)
    try? await socket.unsafeSetSocketOption(level: .socket, name: attachFilter, value: filter).get()
    try? await Task.sleep(for: .milliseconds(50))
    #endif
  }
}

#if os(Linux)
/// `struct sock_fprog` of Linux, a program that looks at a socket's packets (`socket(7)`, SO_ATTACH_FILTER).
@safe
private struct PacketFilter: @unchecked Sendable {
  var count: UInt16 = 1
  var instructions: UnsafeMutablePointer<UInt64>

  /// `ret 0`: of each packet no byte is kept. It stays in memory, as the system copies it at a moment that is not known here.
  nonisolated(unsafe) static let dropAll: UnsafeMutablePointer<UInt64> = {
    let instruction = UnsafeMutablePointer<UInt64>.allocate(capacity: 1)
    unsafe instruction.initialize(to: UInt64(littleEndian: 0x06))
    return unsafe instruction
  }()
}
#endif
