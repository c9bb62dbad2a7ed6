public import ArgumentParser
import Files
import ImageInput
import Messages
import NIOCore
import NIOPosix
import NIOSSL
import OpenInference
import Platform
import ResZoo
import Serving
import Threads

/// The server. `reszoo serve` starts it.
@main struct Serve: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "reszoo serve",
    abstract: "Answer requests over HTTP: images in, classes out.",
    usage: "reszoo serve <models> ... [<options>]",
    discussion: """
      Speaks the open inference protocol (version 2 over REST, with Triton's extensions), version 1's ':predict', and a plain route for people. What arrives \
      together runs together; an answer is the same bits as that of 'reszoo classify', whatever ran beside it.

      SIGTERM: not ready at once, still answers for --drain-seconds, then ends. SIGHUP: reads all models again; one that cannot be read keeps the old one.

      EXAMPLE
        reszoo serve resnet50.rzoo &
        curl --data-binary @cat.jpg http://127.0.0.1:8000/classify
      """)

  @Argument(
    help: "Checkpoints (.rzoo), NAME=FILE, names of networks in the cache, or folders of checkpoints.",
    completion: .file())
  var models: [String]

  @Option(help: ArgumentHelp("Address to listen on; 0.0.0.0 for all.", valueName: "address"))
  var host = "127.0.0.1"

  @Option(
    parsing: .unconditional, help: ArgumentHelp("Port for HTTP; 0 for any that is free.", valueName: "n"))
  var port = 8000

  @Option(
    parsing: .unconditional, help: ArgumentHelp("Port for gRPC; 0 for any that is free.", valueName: "n"))
  var grpcPort = 8001

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Most images that go through the network together on each processor.", valueName: "n"))
  var maxBatch = 8

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Longest time that an image waits for others to fill a batch.", valueName: "microseconds"))
  var maxDelay = 0

  @Option(
    parsing: .unconditional, help: ArgumentHelp("Most requests of a model that wait.", valueName: "n"))
  var queue = 1000

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Most megabytes of all requests that wait or run.", valueName: "MB"))
  var queueMegabytes = 256

  @Option(
    help: ArgumentHelp(
      "Status of a full queue: 429, or 503 for proxies that then try elsewhere.", valueName: "n"))
  var fullStatus = 429

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Most megabytes of a request, as it comes and decompressed.", valueName: "MB"))
  var maxBody = 64

  @Option(parsing: .unconditional, help: ArgumentHelp("Most megapixels of an image.", valueName: "n"))
  var maxMegapixels = 64

  @Option(parsing: .unconditional, help: ArgumentHelp("Most connections at a time.", valueName: "n"))
  var maxConnections = 4096

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Time for a request to come, or its answer to leave.", valueName: "n"))
  var transferSeconds = 30

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("After SIGTERM, time in which requests are still answered.", valueName: "n"))
  var drainSeconds = 5

  @Option(help: "Whether clients may load and unload the models.")
  var modelControl = ModelControl.none

  @Option(
    help: ArgumentHelp("File with a secret that requests must bring as a bearer token.", valueName: "file"),
    completion: .file())
  var tokenFile: String?

  @Option(
    help: ArgumentHelp("Certificate chain for HTTPS (PEM).", valueName: "file"), completion: .file())
  var certificate: String?

  @Option(help: ArgumentHelp("The certificate's private key (PEM).", valueName: "file"), completion: .file())
  var privateKey: String?

  @Option(
    help: ArgumentHelp("Authorities whose certificates clients must have (PEM).", valueName: "file"),
    completion: .file())
  var clientAuthorities: String?

  @Option(
    name: .customLong("base"),
    help: ArgumentHelp("File that a delta differs from; may be repeated.", valueName: "file"),
    completion: .file())
  var bases: [String] = []

  @Option(
    help: ArgumentHelp(
      "Key that must have signed the models: PEM, or 64 hexadecimal digits.", valueName: "public.pem"),
    completion: .file())
  var publicKey: String?

  @Option(
    help:
      "Numbers to multiply: single precision, bfloat16 (less exact, faster with AVX512_BF16), or the latter where it is faster."
  )
  var precision = InferencePrecision.float32

  @Option(help: "Lines on standard error: events, or requests too, as text or JSON.")
  var log = AccessLog.Form.events

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Processors to use; 0 for all, or as many as RESZOO_NUM_THREADS or OMP_NUM_THREADS says.",
      valueName: "n"))
  var threads = 0

  enum ModelControl: String, ExpressibleByArgument, CaseIterable {
    case none, explicit
  }

  func validate() throws {
    for (name, value, range) in [
      ("port", port, 0...65535), ("grpc-port", grpcPort, 0...65535), ("max-batch", maxBatch, 1...1024),
      ("max-delay", maxDelay, 0...10_000_000),
      ("queue", queue, 1...1_000_000), ("queue-megabytes", queueMegabytes, 1...1 << 20),
      ("max-body", maxBody, 1...2048),
      ("max-megapixels", maxMegapixels, 1...178), ("max-connections", maxConnections, 1...1_000_000),
      ("transfer-seconds", transferSeconds, 1...3600),
      ("drain-seconds", drainSeconds, 0...3600), ("threads", threads, 0...256),
    ] where !range.contains(value) {
      throw ValidationError(
        "--\(name) is \(value); it must be from \(range.lowerBound) to \(range.upperBound).")
    }
    guard fullStatus == 429 || fullStatus == 503 else {
      throw ValidationError("--full-status is \(fullStatus); it must be 429 or 503.")
    }
    guard (certificate == nil) == (privateKey == nil) else {
      throw ValidationError("--certificate and --private-key belong together.")
    }
    guard clientAuthorities == nil || certificate != nil else {
      throw ValidationError("--client-authorities needs --certificate and --private-key.")
    }
  }

  func run() async throws {
    let log = AccessLog(log)
    let key = try publicKey.map { try ServerFiles.verifyingKey($0) }
    let files = try ModelArguments.files(models, key: key, bases: bases)
    let token = try tokenFile.map(ServerFiles.token)
    let tlsFiles = certificate.map {
      GRPCListener.TLSFiles(
        certificate: $0, privateKey: privateKey ?? "", clientAuthorities: clientAuthorities)
    }
    let tls = try tlsFiles.map(ServerFiles.tls)
    signal(SIGPIPE, SIG_IGN)
    PixelLimit.lower(to: maxMegapixels * 1_000_000)
    let engine = ServingEngine(
      EngineOptions(
        threads: threads, maxBatch: maxBatch, maxDelay: .microseconds(maxDelay), queueLimit: queue,
        byteLimit: queueMegabytes << 20))
    let repository = ModelRepository(
      files, engine: engine, options: Classifier.Options(threads: threads, precision: precision))
    if precision == .bfloat16, !InferencePrecision.hasBFloat16 {
      log.event(
        "warning: no instructions for bfloat16 here: --precision bf16 is slower than f32; --precision auto takes what is faster"
      )
    }
    let phase = ServerPhase()
    var settings = RESTService.Settings(version: "\(libraryVersion)", bodyLimit: maxBody << 20)
    settings.allowsLoading = modelControl == .explicit
    settings.fullStatus = fullStatus
    let service = RESTService(
      repository, settings, isWanted: { phase.isWanted }, log: { log.event($0) })
    let limits = ServerLimits(
      bodyByteCount: maxBody << 20, allBodiesByteCount: max(maxBody, queueMegabytes) << 20,
      connectionCount: maxConnections, transferTime: .seconds(Int64(transferSeconds)))
    let gate = Gate(token: token, isLocal: Gate.isLoopback(host.contains(":") ? "[\(host)]" : host))
    if !gate.isLocal, token == nil, clientAuthorities == nil {
      log.event(
        "warning: anybody who reaches \(host) may use it; --token-file or --client-authorities keep others out"
      )
    }
    let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
    let parts = ServerParts(service, gate, limits, log, phase)
    let signals = try ServerSignals()
    let listener = try await Self.listening(on: host, port) {
      try await HTTPListener(host: host, port: port, tls: tls, parts, group: group)
    }
    let rpcs = try await Self.listening(on: host, grpcPort) {
      try await GRPCListener(host: host, port: grpcPort, tls: tlsFiles, parts, group: group)
    }
    log.event(
      "\(tls == nil ? "http" : "https")://\(host.contains(":") ? "[\(host)]" : host):\(listener.port): listening, gRPC on port \(rpcs.port); \(files.count) models to load"
    )
    let isFixed = modelControl == .none
    let loading = ServerLoading(files, repository, log) {
      if repository.isReady {
        log.event("ready. " + ServerLoading.memory(repository, limits))
      } else if isFixed {
        log.event("ended, as not every model can be loaded")
        log.finish()
        Platform.exit(1)
      } else {
        log.event("not ready. Models wait to be loaded")
      }
    }
    for await signal in signals.stream {
      if signal == SIGHUP {
        loading.again()
      } else if phase.isWanted {
        phase.end()
        log.event("told to end: still answers for \(drainSeconds) s")
        Task { [drainSeconds] in
          try await Task.sleep(for: .seconds(drainSeconds))
          async let callsEnd: Void = rpcs.end(within: limits.transferTime)
          try await listener.end()
          await callsEnd
          engine.stop()
          log.event("ended")
          log.finish()
          Platform.exit(0)
        }
      } else {
        log.event("told to end twice: ends at once")
        log.finish()
        ServerSignals.end(by: signal)
      }
    }
  }
}

extension Serve {
  /// Begins to listen.
  ///
  /// - Throws: ``ServerFailure`` that says where that failed.
  private static func listening<Listener>(
    on host: String, _ port: Int, _ begin: () async throws -> Listener
  ) async throws -> Listener {
    do {
      return try await begin()
    } catch {
      throw ServerFailure("\(host):\(port): cannot listen there: \(error)")
    }
  }
}

extension AccessLog.Form: ExpressibleByArgument {}
extension InferencePrecision: ExpressibleByArgument {}

/// An error that ends the server.
struct ServerFailure: Error, CustomStringConvertible {
  let description: String

  init(_ description: String) { self.description = description }
}
