package import Dispatch
import Platform
import Synchronization

/// An HTTP server on this machine, for one test: it answers each connection with what a closure says, and closes it.
package final class LoopbackServer: Sendable {
  /// The head of a request.
  package struct Request: Sendable {
    package let path: String
    /// Values by name in lower case.
    package let headers: [String: String]

    /// The first byte of `Range: bytes=N-`.
    package var firstByte: Int? {
      guard let range = headers["range"], range.hasPrefix("bytes="), range.hasSuffix("-") else { return nil }
      return Int(range.dropFirst(6).dropLast())
    }
  }

  /// What goes down the wire.
  package struct Response: Sendable {
    let bytes: [UInt8]
    let holding: DispatchSemaphore?
    /// The microseconds before each of the last bytes.
    var pause: UInt32 = 0
    /// The number of bytes that are sent one by one.
    var slowCount = 0

    /// The same answer whose last bytes go out one by one.
    package func slowing(_ count: Int, pause: UInt32) -> Self {
      var copy = self
      copy.slowCount = count
      copy.pause = pause
      return copy
    }

    /// Any bytes at all.
    package init(raw: [UInt8]) {
      bytes = raw
      holding = nil
    }

    /// A status line, headers and a body, of which only the beginning is sent if `sent` says so. The connection stays open
    /// until `holding` is signalled.
    package init(
      _ status: Int, headers: [String] = [], body: [UInt8] = [], sent: Int? = nil, hasLength: Bool = true,
      holding: DispatchSemaphore? = nil
    ) {
      self.holding = holding
      let length = hasLength ? ["Content-Length: \(body.count)"] : []
      let lines = ["HTTP/1.1 \(status) Test", "Connection: close"] + length + headers
      bytes = Array((lines.joined(separator: "\r\n") + "\r\n\r\n").utf8) + body.prefix(sent ?? body.count)
    }
  }

  private let descriptor: Int32
  /// The port that the system chose.
  package let port: Int
  private let log = Log()

  private final class Log: Sendable {
    let requests = Mutex<[Request]>([])
  }

  /// Begins to listen.
  package init(_ answer: @escaping @Sendable (Request) -> Response) {
    // A client that has gone makes writing fail instead.
    signal(SIGPIPE, SIG_IGN)
    (descriptor, port) = Self.listen()
    let (descriptor, log) = (descriptor, log)
    DispatchQueue(label: "loopback").async {
      while true {
        let connection = accept(descriptor, nil, nil)
        guard connection >= 0 else { return }
        DispatchQueue(label: "connection").async { Self.serve(connection, log: log, answer) }
      }
    }
  }

  deinit {
    shutdown(descriptor, Int32(SHUT_RDWR))
    close(descriptor)
  }

  package var address: String { "http://127.0.0.1:\(port)" }

  /// What was asked for until now.
  package var requests: [Request] { log.requests.withLock { $0 } }

  /// A port that nothing listens at.
  package static func closedPort() -> Int {
    let (descriptor, port) = listen()
    close(descriptor)
    return port
  }

  /// Answers with a file as a server that can resume does.
  ///
  /// - Parameter sent: how many bytes of the body go out before the connection breaks.
  package static func response(
    to request: Request, file: [UInt8], tag: String = "\"one\"", sent: Int? = nil
  ) -> Response {
    let isSameVersion = request.headers["if-range"].map { $0 == tag } ?? true
    guard let first = request.firstByte, isSameVersion else {
      return Response(200, headers: ["ETag: \(tag)"], body: file, sent: sent)
    }
    guard first < file.count else { return Response(416, headers: ["Content-Range: bytes */\(file.count)"]) }
    return Response(
      206, headers: ["ETag: \(tag)", "Content-Range: bytes \(first)-\(file.count - 1)/\(file.count)"],
      body: Array(file[first...]), sent: sent)
  }

  private static func serve(
    _ connection: Int32, log: Log, _ answer: @Sendable (Request) -> Response
  ) {
    defer { close(connection) }
    var head: [UInt8] = []
    var piece = [UInt8](repeating: 0, count: 4096)
    while !head.suffix(4).elementsEqual("\r\n\r\n".utf8) {
      let count = unsafe read(connection, &piece, piece.count)
      guard count > 0 else { return }
      head += piece[..<count]
    }
    let lines = String(decoding: head, as: UTF8.self).split(separator: "\r\n")
    var headers: [String: String] = [:]
    for line in lines.dropFirst() {
      guard let colon = line.firstIndex(of: ":") else { continue }
      headers[line[..<colon].lowercased()] = line[line.index(after: colon)...].drop { $0 == " " }.description
    }
    let path = lines.first?.split(separator: " ").dropFirst().first.map(String.init) ?? ""
    let request = Request(path: path, headers: headers)
    log.requests.withLock { $0.append(request) }
    let response = answer(request)
    let bytes = response.bytes
    var done = 0
    while done < bytes.count {
      let fast = bytes.count - response.slowCount - done
      if fast <= 0 { usleep(response.pause) }
      let count = unsafe bytes.withUnsafeBytes { buffer in
        unsafe write(connection, buffer.baseAddress.unsafelyUnwrapped + done, fast > 0 ? fast : 1)
      }
      guard count > 0 else { return }
      done += count
    }
    response.holding?.wait()
  }

  private static func listen() -> (descriptor: Int32, port: Int) {
    #if canImport(Glibc)
    let stream = Int32(SOCK_STREAM.rawValue)
    #else
    let stream = SOCK_STREAM
    #endif
    let descriptor = socket(AF_INET, stream, 0)
    precondition(descriptor >= 0, "no socket")
    _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
    var name = sockaddr_in()
    name.sin_family = sa_family_t(AF_INET)
    name.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    var size = socklen_t(MemoryLayout<sockaddr_in>.size)
    let isBound = unsafe withUnsafeMutablePointer(to: &name) { pointer in
      unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
        unsafe bind(descriptor, address, size) == 0 && systemListen(descriptor, 64) == 0
          && getsockname(descriptor, address, &size) == 0
      }
    }
    precondition(isBound, "no port on the loopback")
    return (descriptor, Int(UInt16(bigEndian: name.sin_port)))
  }
}

/// The system's call, whose name the function above has too.
private let systemListen = listen
