import GRPCCore
import InferenceMessages
import Messages
import ModelDescriptor
import OpenInference
import Serving
import SwiftProtobuf

/// The open inference protocol over gRPC: `inference.GRPCInferenceService` with Triton's extensions, and gRPC's own health service. It asks the
/// same repository and engine as REST.
struct InferenceRPCs: RegistrableRPCService {
  private let parts: ServerParts
  private var repository: ModelRepository { parts.service.repository }

  init(_ parts: ServerParts) {
    self.parts = parts
  }

  func registerMethods<Transport: ServerTransport>(with router: inout RPCRouter<Transport>) {
    registerFacts(&router)
    registerModels(&router)
    registerHealth(&router)
    unary("ModelInfer", &router) { (request: Inference_ModelInferRequest) in try await infer(request) }
    stream("ModelStreamInfer", &router) { (request: Inference_ModelInferRequest) in
      await streamed(request)
    }
  }

  // MARK: Methods

  private func registerFacts<Transport: ServerTransport>(_ router: inout RPCRouter<Transport>) {
    unary("ServerLive", &router) { (_: Inference_ServerLiveRequest) in
      Inference_ServerLiveResponse.with { $0.live = true }
    }
    unary("ServerReady", &router) { (_: Inference_ServerReadyRequest) in
      Inference_ServerReadyResponse.with { $0.ready = isReady }
    }
    unary("ModelReady", &router) { (request: Inference_ModelReadyRequest) in
      Inference_ModelReadyResponse.with {
        $0.ready = (try? model(request.name, request.version)) != nil && parts.isWanted
      }
    }
    unary("ServerMetadata", &router) { (_: Inference_ServerMetadataRequest) in
      Inference_ServerMetadataResponse.with {
        let facts = ServerMetadata(version: parts.service.settings.version)
        ($0.name, $0.version, $0.extensions) = (facts.name, facts.version, facts.extensions)
      }
    }
    unary("ModelMetadata", &router) { (request: Inference_ModelMetadataRequest) in
      Inference_ModelMetadataResponse(ModelMetadata(try model(request.name, request.version)))
    }
    unary("ModelConfig", &router) { (request: Inference_ModelConfigRequest) in
      let model = try model(request.name, request.version)
      return Inference_ModelConfigResponse.with {
        $0.config = Inference_ModelConfig(ModelConfiguration(model, repository.engine.options))
      }
    }
    unary("ModelStatistics", &router) { (request: Inference_ModelStatisticsRequest) in
      let models = try request.name.isEmpty ? repository.models : [model(request.name, request.version)]
      return Inference_ModelStatisticsResponse.with {
        $0.modelStats = StatisticsRecord(models).modelStats.map(Inference_ModelStatistics.init)
      }
    }
  }

  private func registerModels<Transport: ServerTransport>(_ router: inout RPCRouter<Transport>) {
    unary("RepositoryIndex", &router) { (request: Inference_RepositoryIndexRequest) in
      Inference_RepositoryIndexResponse.with { response in
        response.models = repository.entries.filter { !request.ready || $0.state == .ready }.map { entry in
          .with {
            $0.name = entry.name
            guard let state = entry.state else { return }
            ($0.version, $0.state, $0.reason) = (InferenceReply.modelVersion, state.rawValue, entry.reason)
          }
        }
      }
    }
    unary("RepositoryModelLoad", &router) { (request: Inference_RepositoryModelLoadRequest) in
      try await parts.service.load(request.modelName)
      return Inference_RepositoryModelLoadResponse()
    }
    unary("RepositoryModelUnload", &router) { (request: Inference_RepositoryModelUnloadRequest) in
      try parts.service.unload(request.modelName)
      return Inference_RepositoryModelUnloadResponse()
    }
  }

  private func registerHealth<Transport: ServerTransport>(_ router: inout RPCRouter<Transport>) {
    unary("Check", service: Self.healthService, isPublic: true, &router) {
      (request: Inference_HealthCheckRequest) in
      guard Self.services.contains(request.service) else {
        throw ServingError(.unknownModel, "there is no service of this name")
      }
      return Inference_HealthCheckResponse.with { $0.status = health }
    }
    router.registerHandler(
      forMethod: MethodDescriptor(fullyQualifiedService: Self.healthService, method: "Watch"),
      deserializer: MessageReader<Inference_HealthCheckRequest>(),
      serializer: MessageWriter<Inference_HealthCheckResponse>()
    ) { request, _ in
      let isKnown = Self.services.contains(try await ServerRequest(stream: request).message.service)
      return StreamingServerResponse { writer in
        var last: Inference_HealthCheckResponse.ServingStatus?
        while true {
          let isWanted = parts.isWanted
          let status = isKnown ? health : .serviceUnknown
          if status != last { try await writer.write(.with { $0.status = status }) }
          last = status
          // The server waits for its calls before it ends.
          if !isWanted { break }
          try await Task.sleep(for: .milliseconds(200))
        }
        return [:]
      }
    }
  }

  private var health: Inference_HealthCheckResponse.ServingStatus { isReady ? .serving : .notServing }

  private static let healthService = "grpc.health.v1.Health"
  /// The services whose health can be asked for; that without a name is the whole server.
  private static let services = ["", service]
  private static let service = "inference.GRPCInferenceService"

  private var isReady: Bool { repository.isReady && parts.isWanted }

  private func model(_ name: String, _ version: String) throws(ServingError) -> ServedModel {
    guard ["", InferenceReply.modelVersion].contains(version) else {
      throw ServingError(
        .unknownModel,
        "the model '\(name.excerpt)' has no version \(version.excerpt); there is version \(InferenceReply.modelVersion)"
      )
    }
    return try repository.model(named: name)
  }

  private func infer(_ request: Inference_ModelInferRequest) async throws -> Inference_ModelInferResponse {
    let model = try model(request.modelName, request.modelVersion)
    let message = try InferenceMessage(request)
    let wanted = try message.request(for: model)
    let task = Task { try await repository.engine.answer(wanted, of: model) }
    let answer = try await withRPCCancellationHandler {
      try await withTaskCancellationHandler {
        try await task.value
      } onCancel: {
        task.cancel()
      }
    } onCancelRPC: {
      task.cancel()
    }
    return Inference_ModelInferResponse(try InferenceReply(answer, to: message, of: model))
  }

  /// The answer within a stream, where an error ends its own request alone.
  private func streamed(_ request: Inference_ModelInferRequest) async -> Inference_ModelStreamInferResponse {
    do {
      let response = try await infer(request)
      return .with { $0.inferResponse = response }
    } catch {
      let message = (error as? ServingError)?.message ?? "the server could not do it"
      return .with {
        $0.errorMessage = message
        $0.inferResponse.id = request.id
      }
    }
  }

  // MARK: Calls

  private func unary<Transport: ServerTransport, Input: Message, Output: Message>(
    _ method: String, service: String = service, isPublic: Bool = false,
    _ router: inout RPCRouter<Transport>,
    _ body: @escaping @Sendable (Input) async throws -> Output
  ) {
    let isProbe = isPublic || ["ServerLive", "ServerReady"].contains(method)
    router.registerHandler(
      forMethod: MethodDescriptor(fullyQualifiedService: service, method: method),
      deserializer: MessageReader<Input>(), serializer: MessageWriter<Output>()
    ) { request, context in
      let start = ContinuousClock.now
      do {
        if !isProbe { try authorize(request.metadata) }
        let output = try await body(try await ServerRequest(stream: request).message)
        log(context, nil, start)
        return StreamingServerResponse(single: ServerResponse(message: output))
      } catch {
        let fault = RPCError(serving: error)
        log(context, fault, start)
        throw fault
      }
    }
  }

  private func stream<Transport: ServerTransport, Input: Message, Output: Message>(
    _ method: String, _ router: inout RPCRouter<Transport>,
    _ body: @escaping @Sendable (Input) async -> Output
  ) {
    router.registerHandler(
      forMethod: MethodDescriptor(fullyQualifiedService: Self.service, method: method),
      deserializer: MessageReader<Input>(), serializer: MessageWriter<Output>()
    ) { request, context in
      try authorize(request.metadata)
      return StreamingServerResponse { writer in
        for try await message in request.messages {
          let start = ContinuousClock.now
          try await writer.write(await body(message))
          log(context, nil, start)
        }
        return [:]
      }
    }
  }

  private func authorize(_ metadata: Metadata) throws(RPCError) {
    guard parts.gate.lets(Array(metadata[stringValues: "authorization"])) else {
      throw RPCError(code: .unauthenticated, message: "a token is needed: authorization: Bearer …")
    }
  }

  private func log(_ context: ServerContext, _ fault: RPCError?, _ start: ContinuousClock.Instant) {
    parts.log.request(
      AccessRecord(
        method: "gRPC", target: context.descriptor.fullyQualifiedMethod, status: fault?.code.rawValue ?? 0,
        received: 0, sent: 0, seconds: (ContinuousClock.now - start).seconds, client: context.remotePeer,
        requestId: nil, traceParent: nil))
  }
}

/// Reads a message of protobuf.
private struct MessageReader<Value: Message>: MessageDeserializer {
  func deserialize<Bytes: GRPCContiguousBytes>(_ bytes: Bytes) throws -> Value {
    do {
      return try Value(serializedBytes: unsafe bytes.withUnsafeBytes { unsafe Array($0) })
    } catch {
      throw RPCError(code: .invalidArgument, message: "the request is not the message that this method takes")
    }
  }
}

/// Writes a message of protobuf.
private struct MessageWriter<Value: Message>: MessageSerializer {
  func serialize<Bytes: GRPCContiguousBytes>(_ message: Value) throws -> Bytes {
    Bytes(try message.serializedBytes() as [UInt8])
  }
}

extension RPCError {
  /// The error that a client sees. It says nothing of the machine.
  fileprivate init(serving error: any Error) {
    if let error = error as? RPCError {
      self = error
      return
    }
    guard let error = error as? ServingError else {
      self.init(code: .internalError, message: "the server could not do it")
      return
    }
    let code: RPCError.Code =
      switch error.code {
      case .invalid: .invalidArgument
      case .unknownModel: .notFound
      case .unavailable, .full, .stopping: .unavailable
      case .tooLarge: .resourceExhausted
      case .expired: .deadlineExceeded
      case .cancelled: .cancelled
      case .failed: .internalError
      }
    self.init(code: code, message: error.message)
  }
}
