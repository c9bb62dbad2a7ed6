import NIOCore
import NIOHTTP1
import OpenInference
import Synchronization

/// One connection: reads requests one after another, has each answered by the service, and writes the answer.
///
/// Bodies are bounded in bytes and in time, connections in the time without a request. A client that goes away, or closes its half of the connection, gives
/// its request up.
final class RequestHandler: ChannelInboundHandler {
  typealias InboundIn = HTTPServerRequestPart
  typealias OutboundOut = HTTPServerResponsePart

  private enum State {
    /// Between requests.
    case idle
    case reading(HTTPRequestHead, body: ByteBuffer)
    case answering(Task<Void, Never>)
    /// The last answer was written; what still comes is dropped.
    case closing
  }

  private let server: ServerParts
  private var state = State.idle
  /// Bytes of the body that count towards those of all bodies.
  private var reserved = 0
  private var timer: Scheduled<Void>?
  private var isInputClosed = false

  init(_ server: ServerParts) {
    self.server = server
  }

  func handlerAdded(context: ChannelHandlerContext) {
    setTimer(context, server.limits.idleTime)
  }

  func channelInactive(context: ChannelHandlerContext) {
    end()
    context.fireChannelInactive()
  }

  func handlerRemoved(context: ChannelHandlerContext) {
    end()
  }

  private func end() {
    timer?.cancel()
    timer = nil
    release()
    if case .answering(let task) = state { task.cancel() }
    state = .closing
  }

  // MARK: Reading

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    switch (unwrapInboundIn(data), state) {
    case (.head(let head), .idle): begin(head, context)
    case (.body(let part), .reading(let head, var body)):
      // The state must not hold the buffer while it grows, or it is copied each time.
      state = .idle
      guard body.readableBytes + part.readableBytes <= server.limits.bodyByteCount else {
        return refuse(context, 413, "the body has more than \(server.limits.bodyByteCount) bytes", head)
      }
      guard reserve(part.readableBytes) else {
        return refuse(context, 503, "too much is being uploaded at the moment; try again later", head)
      }
      var part = part
      body.writeBuffer(&part)
      state = .reading(head, body: body)
    case (.end, .reading(let head, let body)): answer(head, body, context)
    default: break
    }
  }

  private func begin(_ head: HTTPRequestHead, _ context: ChannelHandlerContext) {
    // What follows would be no HTTP, and is not read.
    if head.method == .CONNECT || head.headers.contains(name: "upgrade") {
      context.channel.setOption(.autoRead, value: false).whenFailure { _ in }
      return refuse(context, 501, "another protocol is not spoken here", head)
    }
    if let (status, message) = server.gate.refusal(head) { return refuse(context, status, message, head) }
    // A number that is too large for any computer is too large here.
    if let length = head.headers["content-length"].first,
      Int(length).map({ $0 > server.limits.bodyByteCount }) ?? (length.utf8.count > 18)
    {
      return refuse(
        context, 413, "the body has \(length) bytes; at most \(server.limits.bodyByteCount) are taken", head)
    }
    if head.version != .http1_0, head.headers["expect"].contains(where: { $0.lowercased() == "100-continue" })
    {
      context.writeAndFlush(
        wrapOutboundOut(.head(HTTPResponseHead(version: head.version, status: .continue))), promise: nil)
    }
    state = .reading(head, body: ByteBuffer())
    setTimer(context, server.limits.transferTime)
  }

  private func reserve(_ count: Int) -> Bool {
    let after = server.bodyBytes.add(count, ordering: .relaxed).newValue
    reserved += count
    return after <= server.limits.allBodiesByteCount
  }

  private func release() {
    guard reserved > 0 else { return }
    server.bodyBytes.subtract(reserved, ordering: .relaxed)
    reserved = 0
  }

  // MARK: Answering

  private func answer(_ head: HTTPRequestHead, _ body: ByteBuffer, _ context: ChannelHandlerContext) {
    timer?.cancel()
    var headers: [String: String] = [:]
    for (name, value) in head.headers {
      let name = name.lowercased()
      headers[name] = headers[name].map { $0 + "," + value } ?? value
    }
    let request = RESTRequest(
      method: head.method.rawValue, target: head.uri, headers: headers, body: Array(body.readableBytesView))
    let (start, received) = (NIODeadline.now(), body.readableBytes)
    let loop = context.eventLoop
    let box = NIOLoopBound((handler: self, context: context), eventLoop: loop)
    let service = server.service
    if let response = service.probe(request) {
      release()
      return write(context, response, head, 0, start)
    }
    state = .answering(
      Task {
        let response = await service.respond(to: request)
        loop.execute {
          let (handler, context) = box.value
          guard case .answering = handler.state else { return }
          handler.release()
          handler.write(context, response, head, received, start)
        }
      })
    // A client that closed its half before the end of the request came has gone as well.
    if isInputClosed, case .answering(let task) = state { task.cancel() }
  }

  private func write(
    _ context: ChannelHandlerContext, _ response: RESTResponse, _ head: HTTPRequestHead, _ received: Int,
    _ start: NIODeadline
  ) {
    let keepsOpen = head.isKeepAlive && !isInputClosed && server.isWanted
    var headers = HTTPHeaders()
    for (name, value) in response.headers.sorted(by: { $0.key < $1.key }) {
      headers.add(name: name, value: value)
    }
    headers.add(name: "Content-Length", value: "\(response.body.count)")
    headers.add(name: "X-Content-Type-Options", value: "nosniff")
    if !keepsOpen {
      headers.add(name: "Connection", value: "close")
    } else if head.version == .http1_0 {
      headers.add(name: "Connection", value: "keep-alive")
    }
    let id = head.headers["x-request-id"].first
    if let id { headers.add(name: "X-Request-Id", value: String(id.unicodeScalars.filter(\.isASCII))) }
    let status = HTTPResponseStatus(statusCode: response.status)
    context.write(
      wrapOutboundOut(.head(HTTPResponseHead(version: head.version, status: status, headers: headers))),
      promise: nil)
    if head.method != .HEAD, !response.body.isEmpty {
      context.write(
        wrapOutboundOut(.body(.byteBuffer(context.channel.allocator.buffer(bytes: response.body)))),
        promise: nil)
    }
    let promise = context.eventLoop.makePromise(of: Void.self)
    state = keepsOpen ? .idle : .closing
    setTimer(context, server.limits.transferTime)
    let box = NIOLoopBound((handler: self, context: context), eventLoop: context.eventLoop)
    promise.futureResult.whenComplete { _ in
      let (handler, context) = box.value
      if keepsOpen {
        if case .idle = handler.state { handler.setTimer(context, handler.server.limits.idleTime) }
      } else {
        handler.closeGently(context)
      }
    }
    context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: promise)
    server.log.request(
      AccessRecord(
        method: head.method.rawValue, target: head.uri, status: response.status, received: received,
        sent: response.body.count, seconds: Double((NIODeadline.now() - start).nanoseconds) / 1e9,
        client: context.remoteAddress?.ipAddress, requestId: id,
        traceParent: head.headers["traceparent"].first))
  }

  /// Answers at once and closes the connection, as the rest of the request is not read.
  private func refuse(
    _ context: ChannelHandlerContext, _ status: Int, _ message: String, _ head: HTTPRequestHead
  ) {
    release()
    isInputClosed = true
    var response = RESTService.error(status, message)
    if status == 401 { response.headers["WWW-Authenticate"] = "Bearer" }
    write(context, response, head, 0, .now())
  }

  /// Says that nothing more comes, and closes when the client has closed too, or soon: a connection that is closed with bytes unread may lose the answer on
  /// its way.
  private func closeGently(_ context: ChannelHandlerContext) {
    context.close(mode: .output, promise: nil)
    setTimer(context, .seconds(2))
  }

  // MARK: Events

  /// The client closed its half of the connection, or is gone: nobody waits for the answer.
  func clientLeft() {
    isInputClosed = true
    if case .answering(let task) = state { task.cancel() }
  }

  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    if case .some(.inputClosed) = event as? ChannelEvent {
      switch state {
      case .idle, .reading, .closing: context.close(promise: nil)
      case .answering: break
      }
    }
    context.fireUserInboundEventTriggered(event)
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    context.close(promise: nil)
  }

  private func setTimer(_ context: ChannelHandlerContext, _ time: TimeAmount) {
    timer?.cancel()
    let box = NIOLoopBound((handler: self, context: context), eventLoop: context.eventLoop)
    timer = context.eventLoop.scheduleTask(in: time) {
      let (handler, context) = box.value
      guard case .reading(let head, _) = handler.state else {
        context.close(promise: nil)
        return
      }
      handler.refuse(context, 408, "the body did not come in time", head)
    }
  }
}
