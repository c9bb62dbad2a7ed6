import GRPCCore
import GRPCNIOTransportHTTP2Posix
import NIOCore
import NIOPosix
import Threads

/// Answers calls of gRPC.
struct GRPCListener: Sendable {
  /// Certificates of the server, and of the authorities that clients' must come from.
  struct TLSFiles: Sendable {
    var certificate: String
    var privateKey: String
    var clientAuthorities: String?
  }

  private let server: GRPCServer<HTTP2ServerTransport.Posix>
  private let serving: Task<Void, any Error>
  private let listening = Locked<(any Channel)?>(nil)
  /// The port that it listens on.
  let port: Int

  /// Binds a socket and begins to accept.
  init(
    host: String, port: Int, tls: TLSFiles?, _ parts: ServerParts, group: MultiThreadedEventLoopGroup
  ) async throws {
    let connections = OpenCount(limit: parts.limits.connectionCount)
    let listening = listening
    let resolved = try NIOCore.SocketAddress.makeAddressResolvingHost(host, port: port)
    let ip = resolved.ipAddress ?? host
    let transport = HTTP2ServerTransport.Posix(
      address: ip.contains(":") ? .ipv6(host: ip, port: port) : .ipv4(host: ip, port: port),
      transportSecurity: tls.map(Self.security) ?? .plaintext,
      config: .defaults { config in
        config.rpc.maxRequestPayloadSize = parts.limits.bodyByteCount
        config.connection.maxIdleTime = .seconds(75)
        config.http2.maxConcurrentStreams = 100
        config.channelDebuggingCallbacks.onBindTCPListener = { channel in
          listening.withLock { $0 = channel }
          return channel.eventLoop.makeSucceededVoidFuture()
        }
        config.channelDebuggingCallbacks.onAcceptTCPConnection = { channel in
          channel.eventLoop.makeCompletedFuture {
            try channel.pipeline.syncOperations.addHandler(SilenceHandler(connections), position: .first)
          }
        }
        config.channelDebuggingCallbacks.onAcceptHTTP2Stream = { channel in
          channel.eventLoop.makeCompletedFuture {
            try channel.pipeline.syncOperations.addHandler(CallHandler(parts), position: .first)
          }
        }
      }, eventLoopGroup: group)
    let server = GRPCServer(transport: transport, services: [InferenceRPCs(parts)])
    self.server = server
    serving = Task { try await server.serve() }
    do {
      let address = try await transport.listeningAddress
      self.port = address.ipv4?.port ?? address.ipv6?.port ?? port
    } catch {
      // What went wrong is known to the task alone.
      try await serving.value
      throw error
    }
  }

  /// Accepts no more, and returns when the calls that there are have their answers, or the time is over.
  func end(within time: TimeAmount) async {
    await listening.withLock { $0 }?.refuseConnections()
    server.beginGracefulShutdown()
    let cut = Task { [serving] in
      try await Task.sleep(for: .nanoseconds(time.nanoseconds))
      serving.cancel()
    }
    _ = await serving.result
    cut.cancel()
  }

  private static func security(_ files: TLSFiles) -> HTTP2ServerTransport.Posix.TransportSecurity {
    let chain = [TLSConfig.CertificateSource.file(path: files.certificate, format: .pem)]
    let key = TLSConfig.PrivateKeySource.file(path: files.privateKey, format: .pem)
    guard let authorities = files.clientAuthorities else {
      return .tls(certificateChain: chain, privateKey: key)
    }
    return .mTLS(certificateChain: chain, privateKey: key) { config in
      config.trustRoots = .certificates([.file(path: authorities, format: .pem)])
      config.clientCertificateVerification = .noHostnameVerification
    }
  }
}
