import ImageInput
import Messages
import ModelDescriptor
import ResZoo
public import Serving
import Synchronization
import Threads

/// Answers requests of HTTP: the open inference protocol version 2 with Triton's extensions, version 1, plain routes for images, and
/// Prometheus's figures. It has no sockets; a server gives it what came and sends what it gets.
public struct RESTService: Sendable {
  /// The limits of a service, and the facts that it tells of the program.
  public struct Settings: Sendable {
    /// The version of the program.
    public var version: String
    /// Most bytes of a body when it is decompressed.
    public var bodyLimit: Int
    /// True if clients may load and unload models.
    public var allowsLoading = false
    /// The status for a full queue: 429, or 503 for proxies that try again elsewhere only then.
    public var fullStatus = 429

    public init(version: String, bodyLimit: Int) {
      self.version = version
      self.bodyLimit = bodyLimit
    }
  }

  package let repository: ModelRepository
  package let settings: Settings
  /// False from the moment at which the server is told to end, though it still answers for a while.
  let isWanted: @Sendable () -> Bool
  private let loads = Counter()
  /// Most loads that clients have asked for and that are not done.
  private static let loadLimit = 16

  /// A number that copies of the service share.
  private final class Counter: Sendable {
    let value = Atomic<Int>(0)
  }

  /// Told of faults that clients are not told of.
  let log: @Sendable (String) -> Void

  public init(
    _ repository: ModelRepository, _ settings: Settings, isWanted: @escaping @Sendable () -> Bool = { true },
    log: @escaping @Sendable (String) -> Void = { _ in }
  ) {
    self.repository = repository
    self.settings = settings
    self.isWanted = isWanted
    self.log = log
  }

  /// The answer to a probe, at once, whatever else is being read; nil for other requests.
  public func probe(_ request: RESTRequest) -> RESTResponse? {
    guard request.method == "GET" || request.method == "HEAD" else { return nil }
    switch request.parts {
    case ["v2", "health", "live"]: return .text(200, "{\"live\":true}")
    case ["v2", "health", "ready"]:
      let isReady = repository.isReady && isWanted()
      return .text(isReady ? 200 : 503, "{\"ready\":\(isReady),\"live\":true}")
    default: return nil
    }
  }

  /// Answers a request. Cancelling the task gives up what it has in the queue.
  public func respond(to request: RESTRequest) async -> RESTResponse {
    var response: RESTResponse
    do {
      response = try await route(request)
    } catch is UnknownCoding {
      response = Self.error(415, "bodies are taken as they are, or as gzip or deflate")
      response.headers["Accept-Encoding"] = "gzip, deflate"
    } catch let error as ServingError {
      response = self.response(to: error)
    } catch {
      log("\(error)")
      response = Self.error(500, "the server could not do it")
    }
    if response.body.count >= Self.compressionThreshold,
      let coding = request.headers["accept-encoding"].flatMap(ContentCoding.accepted),
      let encoded = coding.encode(response.body)
    {
      response.body = encoded
      response.headers["Content-Encoding"] = coding.rawValue
      response.headers["Vary"] = "Accept-Encoding"
    }
    return response
  }

  /// Smaller answers are not worth the time.
  private static let compressionThreshold = 1024

  // MARK: Routes

  private func route(_ request: RESTRequest) async throws -> RESTResponse {
    guard let parts = request.parts else {
      return Self.error(400, "the path has an escape that cannot be read")
    }
    let answer: RESTResponse?
    switch parts.first {
    case "v2": answer = try await version2(Array(parts.dropFirst()), request)
    case "v1": answer = try await version1(Array(parts.dropFirst()), request)
    case nil: answer = ServerPage.part(nil).map { page in only("GET", request) { page } }
    case "page.css" where parts.count == 1, "page.js" where parts.count == 1:
      answer = ServerPage.part(parts.first).map { page in only("GET", request) { page } }
    case "metrics" where parts.count == 1: answer = only("GET", request) { metrics() }
    case "classify" where parts.count == 1:
      answer = try await only("POST", request) { try await classify(soleModel(), request) }
    case "explain" where parts.count == 1:
      answer = try await only("POST", request) { try await explain(soleModel(), request) }
    default: answer = nil
    }
    return answer ?? Self.error(404, "Not Found")
  }

  private func version2(_ parts: [String], _ request: RESTRequest) async throws -> RESTResponse? {
    switch parts.first {
    case nil: return try only("GET", request) { try .json(ServerMetadata(version: settings.version)) }
    case "health":
      guard ["live", "ready"].contains(parts.last), parts.count == 2 else { return nil }
      return probe(request) ?? Self.refusal("GET", request)
    case "models" where parts.dropFirst() == ["stats"]:
      return try only("GET", request) { try .json(StatisticsRecord(repository.models)) }
    case "models" where parts.count > 1:
      return try await model(parts[1], Array(parts.dropFirst(2)), request)
    case "repository": return try await repository(Array(parts.dropFirst()), request)
    default: return nil
    }
  }

  private func model(_ name: String, _ parts: [String], _ request: RESTRequest) async throws -> RESTResponse?
  {
    var parts = parts
    if parts.first == "versions", parts.count > 1 {
      guard parts[1] == InferenceReply.modelVersion else {
        throw ServingError(
          .unknownModel,
          "the model '\(name.excerpt)' has no version \(parts[1].excerpt); there is version \(InferenceReply.modelVersion)"
        )
      }
      parts.removeFirst(2)
    }
    if parts == ["ready"] {
      let isReady = (try? repository.model(named: name)) != nil && isWanted()
      return only("GET", request) {
        .text(isReady ? 200 : 503, "{\"name\":\(JSONLiteral.text(name)),\"ready\":\(isReady)}")
      }
    }
    switch parts {
    case []: return try only("GET", request) { try .json(ModelMetadata(repository.model(named: name))) }
    case ["config"]:
      return try only("GET", request) {
        try .json(ModelConfiguration(repository.model(named: name), repository.engine.options))
      }
    case ["stats"]:
      return try only("GET", request) { try .json(StatisticsRecord([repository.model(named: name)])) }
    case ["infer"]:
      return try await only("POST", request) { try await infer(repository.model(named: name), request) }
    case ["classify"]:
      return try await only("POST", request) { try await classify(repository.model(named: name), request) }
    case ["explain"]:
      return try await only("POST", request) { try await explain(repository.model(named: name), request) }
    default: return nil
    }
  }

  private func version1(_ parts: [String], _ request: RESTRequest) async throws -> RESTResponse? {
    guard parts.first == "models" else { return nil }
    if parts.count == 1 {
      return try only("GET", request) { try .json(["models": repository.models.map(\.name)]) }
    }
    guard parts.count == 2 else { return nil }
    if parts[1].hasSuffix(":predict") {
      return try await only("POST", request) {
        let model = try repository.model(named: String(parts[1].dropLast(":predict".count)))
        let message = try PredictMessage(body: body(of: request))
        let answer = try await answer(InferenceRequest(.images(message.images)), model)
        return try .json(PredictMessage.Reply(answer, of: model))
      }
    }
    return try only("GET", request) {
      let model = try repository.model(named: parts[1])
      return .text(200, "{\"name\":\(JSONLiteral.text(model.name)),\"ready\":\(isWanted())}")
    }
  }

  // MARK: Inference

  private func infer(_ model: ServedModel, _ request: RESTRequest) async throws -> RESTResponse {
    var headerLength: Int?
    if let text = request.headers["inference-header-content-length"] {
      guard let length = Int(text), length >= 0 else {
        throw ServingError(.invalid, "Inference-Header-Content-Length is no number of bytes")
      }
      headerLength = length
    }
    let message = try InferenceMessage(body: body(of: request), headerLength: headerLength)
    let reply = try InferenceReply(
      try await answer(message.request(for: model), model), to: message, of: model)
    let body = reply.body
    var response = RESTResponse(
      status: 200,
      headers: ["Content-Type": body.headerLength == nil ? Self.json : "application/octet-stream"],
      body: body.bytes)
    response.headers["Inference-Header-Content-Length"] = body.headerLength.map { "\($0)" }
    return response
  }

  /// The result of one image, as `reszoo classify --format json` has it. `?top=3` asks for three classes.
  private func classify(_ model: ServedModel, _ request: RESTRequest) async throws -> RESTResponse {
    let classes = model.descriptor.architecture.classes
    var top = 5
    if let text = request.query["top"] {
      guard let count = Int(text), count > 0 else {
        throw ServingError(.invalid, "top must be a number of classes from 1 up")
      }
      top = count
    }
    let answer = try await answer(InferenceRequest(.images([body(of: request)])), model)
    guard let row = answer.rows.first else { throw ServingError(.failed, "there is no answer") }
    let outcome = row.map { Classification($0.scores, of: model.descriptor, count: min(top, classes)) }
    let info: ImageInfo? = if case .success(let row) = row { row.image } else { nil }
    let result = ImageResult(input: "", outcome: outcome, image: info)
    let listed: [Prediction]? =
      if case .success(let classification) = outcome { classification.top } else { nil }
    let record = ResultRow(result, listed: listed)
    return .text(listed == nil ? 400 : 200, try JSON.text(ofRecord: record) + "\n")
  }

  /// The body of a request, decompressed; it is let go when it was read.
  func body(of request: RESTRequest) throws -> [UInt8] {
    let body = request.takeBody()
    return try coding(of: request)?.decode(body, limit: settings.bodyLimit) ?? body
  }

  private struct UnknownCoding: Error {}

  /// How the body is coded; nil for as it is.
  private func coding(of request: RESTRequest) throws(UnknownCoding) -> ContentCoding? {
    guard let name = request.headers["content-encoding"]?.lowercased(), !name.isEmpty, name != "identity"
    else { return nil }
    guard let coding = ContentCoding(rawValue: name) else { throw UnknownCoding() }
    return coding
  }

  private func answer(_ request: InferenceRequest, _ model: ServedModel) async throws -> InferenceAnswer {
    try await repository.engine.answer(request, of: model)
  }

  private func soleModel() throws(ServingError) -> ServedModel {
    let models = repository.models
    guard let model = models.first else { throw ServingError(.unavailable, "no model is loaded") }
    guard models.count == 1 else {
      throw ServingError(
        .invalid,
        "there are \(models.count) models; /v2/models/NAME/classify says which one: \(models.map(\.name).joined(separator: ", "))"
      )
    }
    return model
  }

  // MARK: Repository

  private struct IndexQuery: Decodable { var ready: Bool? }

  private struct IndexEntry: Encodable {
    var name: String
    var version: String?
    var state: String?
    var reason: String?
  }

  private func repository(_ parts: [String], _ request: RESTRequest) async throws -> RESTResponse? {
    if parts == ["index"] {
      return try only("POST", request) {
        var entries = repository.entries
        let body = try body(of: request)
        if !body.isEmpty {
          let query: IndexQuery
          do {
            query = try JSON.decode(IndexQuery.self, from: body)
          } catch {
            throw ServingError(.invalid, "the request is not the JSON that is read here: \(error)")
          }
          if query.ready == true { entries = entries.filter { $0.state == .ready } }
        }
        return try .json(
          entries.map { entry in
            IndexEntry(
              name: entry.name, version: entry.state.map { _ in InferenceReply.modelVersion },
              state: entry.state?.rawValue, reason: entry.state.map { _ in entry.reason })
          })
      }
    }
    guard parts.count == 3, parts[0] == "models", parts[2] == "load" || parts[2] == "unload" else {
      return nil
    }
    return try await only("POST", request) {
      if parts[2] == "unload" { try unload(parts[1]) } else { try await load(parts[1]) }
      return RESTResponse(status: 200)
    }
  }

  /// Takes a network's name away for a client.
  ///
  /// - Throws: ``ServingError``.
  package func unload(_ name: String) throws(ServingError) {
    try requireLoading()
    try repository.unload(name)
  }

  private func requireLoading() throws(ServingError) {
    guard settings.allowsLoading else {
      throw ServingError(
        .invalid,
        "models are not loaded or unloaded by clients here; the server is started with another model control for that"
      )
    }
  }

  /// Loads a network for a client, on a thread of its own.
  ///
  /// - Throws: ``ServingError``.
  package func load(_ name: String) async throws {
    try requireLoading()
    guard loads.value.add(1, ordering: .relaxed).newValue <= Self.loadLimit else {
      loads.value.subtract(1, ordering: .relaxed)
      throw ServingError(.full, "\(Self.loadLimit) models are being loaded already; try again later")
    }
    defer { loads.value.subtract(1, ordering: .relaxed) }
    do {
      try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
        let load: @Sendable () -> Void = { [repository] in
          continuation.resume(with: Result { try repository.load(name) })
        }
        if !DetachedThread.start(load) { load() }
      }
    } catch let error as ModelRepository.LoadError {
      log("\(error)")
      throw ServingError(
        .invalid,
        "the model '\(name)' could not be loaded; the server's log says why"
          + (error.keepsOlder ? ". What was loaded before still answers" : ""))
    }
  }

  // MARK: Answers

  private func metrics() -> RESTResponse {
    let engine = repository.engine
    let text = MetricsText.text(
      repository.models, waiting: engine.waitingCount(of:), bytes: ProcessMemory.residentByteCount)
    return RESTResponse(
      status: 200, headers: ["Content-Type": MetricsText.contentType], body: Array(text.utf8))
  }

  private static let json = "application/json"

  private func only(
    _ method: String, _ request: RESTRequest, _ body: () throws -> RESTResponse
  ) rethrows -> RESTResponse {
    guard let refusal = Self.refusal(method, request) else { return try body() }
    return refusal
  }

  private func only(
    _ method: String, _ request: RESTRequest, _ body: () async throws -> RESTResponse
  ) async rethrows -> RESTResponse {
    guard let refusal = Self.refusal(method, request) else { return try await body() }
    return refusal
  }

  private static func refusal(_ method: String, _ request: RESTRequest) -> RESTResponse? {
    guard request.method != method, !(method == "GET" && request.method == "HEAD") else { return nil }
    var refusal = error(405, "Method Not Allowed")
    refusal.headers["Allow"] = method == "GET" ? "GET, HEAD" : method
    return refusal
  }

  /// An answer of an error.
  public static func error(_ status: Int, _ message: String) -> RESTResponse {
    .text(status, "{\"error\":\(JSONLiteral.text(message))}")
  }

  private func response(to error: ServingError) -> RESTResponse {
    let status =
      switch error.code {
      case .invalid: 400
      case .unknownModel: 404
      case .tooLarge: 413
      case .full: settings.fullStatus
      case .unavailable, .stopping, .expired: 503
      case .cancelled: 499
      case .failed: 500
      }
    var response = Self.error(status, error.message)
    if [.full, .unavailable, .stopping].contains(error.code) { response.headers["Retry-After"] = "1" }
    return response
  }
}

extension RESTResponse {
  fileprivate static func text(_ status: Int, _ text: String) -> RESTResponse {
    RESTResponse(status: status, headers: ["Content-Type": "application/json"], body: Array(text.utf8))
  }

  static func json(_ value: some Encodable) throws -> RESTResponse {
    RESTResponse(
      status: 200, headers: ["Content-Type": "application/json"], body: try JSON.encode(value))
  }
}
