import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL
import Threads

/// Accepts connections and answers the requests on them.
struct HTTPListener {
  private let channel: any Channel
  private let connections = OpenConnections()

  /// The port that it listens on.
  var port: Int { channel.localAddress?.port ?? 0 }

  /// Binds a socket and begins to accept.
  ///
  /// - Parameter tls: certificates; nil for connections without encryption.
  init(
    host: String, port: Int, tls: NIOSSLContext?, _ server: ServerParts, group: MultiThreadedEventLoopGroup
  ) async throws {
    let connections = connections
    channel = try await ServerBootstrap(group: group)
      .serverChannelOption(.backlog, value: 1024)
      .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
      .serverChannelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          try channel.pipeline.syncOperations.addHandler(ConnectionLimiter(server, connections))
        }
      }
      .childChannelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          let handler = RequestHandler(server)
          let pipeline = channel.pipeline.syncOperations
          if let tls { try pipeline.addHandler(NIOSSLServerHandler(context: tls)) }
          try pipeline.addHandler(ConnectionWatch(handler))
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

  /// Accepts no more, gives requests that are on their way a second to come, closes connections without one, and returns when the others have
  /// their answers.
  func end() async throws {
    await channel.refuseConnections()
    try await channel.close()
    let patience = ContinuousClock.now + .seconds(1)
    while !connections.all.isEmpty, ContinuousClock.now < patience {
      try await Task.sleep(for: .milliseconds(10))
    }
    for connection in connections.all {
      connection.pipeline.fireUserInboundEventTriggered(ChannelShouldQuiesceEvent())
    }
    for connection in connections.all { try? await connection.closeFuture.get() }
  }
}

/// The connections of a listener.
private final class OpenConnections: Sendable {
  private let channels = Locked<[ObjectIdentifier: any Channel]>([:])

  var all: [any Channel] { channels.withLock { Array($0.values) } }

  func add(_ channel: any Channel) { channels.withLock { $0[ObjectIdentifier(channel)] = channel } }

  func remove(_ channel: any Channel) { channels.withLock { $0[ObjectIdentifier(channel)] = nil } }
}

/// Leaves connections in the system's queue while as many are open as may be.
private final class ConnectionLimiter: ChannelDuplexHandler {
  typealias InboundIn = any Channel
  typealias InboundOut = any Channel
  typealias OutboundIn = Never
  typealias OutboundOut = Never

  private let server: ServerParts
  private let connections: OpenConnections
  private var count = 0
  private var isWaiting = false

  init(_ server: ServerParts, _ connections: OpenConnections) {
    self.server = server
    self.connections = connections
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    count += 1
    let channel = unwrapInboundIn(data)
    connections.add(channel)
    let box = NIOLoopBound((limiter: self, context: context), eventLoop: context.eventLoop)
    channel.closeFuture.hop(to: context.eventLoop).whenComplete { [connections] _ in
      connections.remove(channel)
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

/// Watches a connection for its handler. It tells at once when the client closes its half, which the handler of pipelined requests would tell behind
/// the answer; and it reads no further while the client does not take its answers, so that they do not pile up.
private final class ConnectionWatch: ChannelDuplexHandler {
  typealias InboundIn = ByteBuffer
  typealias InboundOut = ByteBuffer
  typealias OutboundIn = IOData
  typealias OutboundOut = IOData

  private let handler: RequestHandler
  private var isReadHeld = false

  init(_ handler: RequestHandler) { self.handler = handler }

  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    if case .some(.inputClosed) = event as? ChannelEvent { handler.clientLeft() }
    context.fireUserInboundEventTriggered(event)
  }

  func read(context: ChannelHandlerContext) {
    if context.channel.isWritable { context.read() } else { isReadHeld = true }
  }

  func channelWritabilityChanged(context: ChannelHandlerContext) {
    if isReadHeld, context.channel.isWritable {
      isReadHeld = false
      context.read()
    }
    context.fireChannelWritabilityChanged()
  }
}
