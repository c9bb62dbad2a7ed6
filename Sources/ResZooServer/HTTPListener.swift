import NIOCore
import NIOExtras
import NIOHTTP1
import NIOPosix
import NIOSSL

/// Accepts connections and answers the requests on them.
struct HTTPListener {
  private let channel: any Channel
  private let quiescing: ServerQuiescingHelper

  /// The port that it listens on.
  var port: Int { channel.localAddress?.port ?? 0 }

  /// Binds a socket and begins to accept.
  ///
  /// - Parameter tls: certificates; nil for connections without encryption.
  init(
    host: String, port: Int, tls: NIOSSLContext?, _ server: ServerParts, group: MultiThreadedEventLoopGroup
  ) async throws {
    let quiescing = ServerQuiescingHelper(group: group)
    self.quiescing = quiescing
    channel = try await ServerBootstrap(group: group)
      .serverChannelOption(.backlog, value: 1024)
      .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
      .serverChannelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          try channel.pipeline.syncOperations.addHandler(ConnectionLimiter(server))
          try channel.pipeline.syncOperations.addHandler(quiescing.makeServerChannelHandler(channel: channel))
        }
      }
      .childChannelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          let handler = RequestHandler(server)
          let pipeline = channel.pipeline.syncOperations
          if let tls { try pipeline.addHandler(NIOSSLServerHandler(context: tls)) }
          try pipeline.addHandler(DepartureHandler(handler))
          var limits = NIOHTTPDecoderLimitConfiguration()
          limits.maxHeaderFieldSize = ServerLimits.headByteCount
          limits.maxHeaderListSize = ServerLimits.headByteCount
          limits.maxHeaderFieldCount = ServerLimits.fieldCount
          try pipeline.configureHTTPServerPipeline(
            position: .last, withPipeliningAssistance: true, withServerUpgrade: nil, withErrorHandling: true,
            withOutboundHeaderValidation: true, withEncoderConfiguration: .init(),
            withDecoderLimitConfiguration: limits)
          try pipeline.addHandler(handler)
        }
      }
      .childChannelOption(.socketOption(.so_reuseaddr), value: 1)
      .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
      .childChannelOption(.allowRemoteHalfClosure, value: true)
      .bind(host: host, port: port).get()
  }

  /// Accepts no more, closes connections without a request, and returns when the others have their answers.
  func end() async throws {
    let promise = channel.eventLoop.makePromise(of: Void.self)
    quiescing.initiateShutdown(promise: promise)
    try await promise.futureResult.get()
  }
}

/// Leaves connections in the system's queue while as many are open as may be.
private final class ConnectionLimiter: ChannelDuplexHandler {
  typealias InboundIn = any Channel
  typealias InboundOut = any Channel
  typealias OutboundIn = Never
  typealias OutboundOut = Never

  private let server: ServerParts
  private var count = 0
  private var isWaiting = false

  init(_ server: ServerParts) { self.server = server }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    count += 1
    let box = NIOLoopBound((limiter: self, context: context), eventLoop: context.eventLoop)
    unwrapInboundIn(data).closeFuture.hop(to: context.eventLoop).whenComplete { _ in
      let (limiter, context) = box.value
      limiter.count -= 1
      if limiter.isWaiting {
        limiter.isWaiting = false
        context.read()
      }
    }
    context.fireChannelRead(data)
  }

  func read(context: ChannelHandlerContext) {
    if count >= server.limits.connectionCount { isWaiting = true } else { context.read() }
  }
}

/// Tells a connection's handler when the client closes its half, at once: the handler of pipelined requests would tell it behind the answer.
private final class DepartureHandler: ChannelInboundHandler {
  typealias InboundIn = ByteBuffer
  typealias InboundOut = ByteBuffer

  private let handler: RequestHandler

  init(_ handler: RequestHandler) { self.handler = handler }

  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    if case .some(.inputClosed) = event as? ChannelEvent { handler.clientLeft() }
    context.fireUserInboundEventTriggered(event)
  }
}
