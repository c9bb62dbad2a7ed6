import Deflate
import Foundation
import ModelDescriptor
import OpenInference
import ResNetModel
import ResZoo
import Serving
import TestSupport
import Testing

@Suite struct RESTServiceTests {
  private let folder = TemporaryFolder()
  private let service: RESTService
  private let repository: ModelRepository
  private let path: String
  private static let labels = ["ant", "bee", "cat", "dog"]

  init() throws {
    path = folder.file("net.rzoo")
    try Self.save(seed: 2, to: path)
    let engine = ServingEngine(EngineOptions(threads: 2))
    repository = ModelRepository([ModelFile(name: "net", path: path)], engine: engine)
    try repository.load("net")
    var settings = RESTService.Settings(version: "1", bodyLimit: 1 << 20)
    settings.allowsLoading = true
    service = RESTService(repository, settings)
  }

  // MARK: Inference

  @Test func `an image has the classes that the classifier finds`() async throws {
    let image = try Self.image("photo.jpg")
    let wanted = try Classifier(Model(contentsOf: path)).classify(image: image, top: 2)
    for target in [
      "/classify?top=2", "/v2/models/net/classify?top=2", "/v2/models/n%65t/versions/1/classify?top=2",
    ] {
      let answer = await post(target, image)
      #expect(answer.status == 200)
      let top = try JSONDecoder().decode(Image.self, from: Data(answer.body)).top
      #expect(top.map(\.label) == wanted.top.map(\.label))
      #expect(top.map(\.logit) == wanted.top.map(\.logit))
      #expect(top.map(\.probability) == wanted.top.map(\.probability))
    }
    let broken = await post("/classify", Array("no image".utf8))
    #expect(broken.status == 400)
    #expect((try json(broken)["error"] as? String)?.isEmpty == false)
  }

  @Test func `an answer is divided among the places of its image`() async throws {
    let image = try Self.image("photo.jpg")
    let classes = try Classifier(Model(contentsOf: path)).classify(image: image, top: 4).top
    for (target, wanted) in [
      ("/explain", classes[0]), ("/v2/models/net/explain?class=\(classes[3].index)", classes[3]),
      ("/v2/models/net/explain?class=\(classes[1].label ?? "")&overlay=turbo", classes[1]),
    ] {
      let answer = await post(target, image)
      #expect(answer.status == 200, "\(String(decoding: answer.body, as: UTF8.self))")
      let reply = try JSONDecoder().decode(Explanation.self, from: Data(answer.body))
      #expect(reply.index == wanted.index && reply.label == wanted.label)
      #expect(Float(reply.value) == wanted.logit)
      let sum = reply.map.flatMap(\.self).reduce(reply.bias) { $0 + Double($1) }
      #expect(abs(sum - reply.value) < 1e-4 && abs(reply.sum - reply.value) < 1e-4)
      #expect(reply.shape == [reply.map.count, reply.map[0].count])
      #expect(reply.evidence == reply.map.contains { $0.contains { $0 > 0 } })
      let overlay = try reply.overlay.map { try #require(Data(base64Encoded: $0)) }
      #expect((overlay != nil) == target.contains("overlay"))
      #expect(overlay.map { $0.prefix(8) == Data([137, 80, 78, 71, 13, 10, 26, 10]) } ?? true)
    }
    for target in ["/explain?class=9", "/explain?class=bird", "/explain?class=", "/explain?overlay=red"] {
      let answer = await post(target, image)
      #expect(answer.status == 400, "\(target)")
      #expect((try json(answer)["error"] as? String)?.isEmpty == false)
    }
    #expect(await post("/explain", Array("no image".utf8)).status == 400)
    #expect(await post("/v2/models/other/explain", image).status == 404)
    #expect(await get("/explain").status == 405)
  }

  private struct Explanation: Decodable {
    var label: String?
    var index: Int
    var value: Double
    var evidence: Bool
    var shape: [Int]
    var map: [[Float]]
    var bias: Double
    var sum: Double
    var overlay: String?
  }

  @Test func `tensors and images go in, numbers and classes come out, as JSON and as bytes`() async throws {
    let image = try Self.image("photo.jpg")
    let model = try Model(contentsOf: path)
    let wanted = try Classifier(model).classify(image: image, top: 4).top.sorted { $0.index < $1.index }.map(
      \.logit)
    let raw = await post("/v2/models/net/infer", image, ["inference-header-content-length": "0"])
    #expect(raw.headers["Content-Type"] == "application/octet-stream")
    let length = try #require(raw.headers["Inference-Header-Content-Length"].flatMap { Int($0) })
    let head = try #require(
      try JSONSerialization.jsonObject(with: Data(raw.body[..<length])) as? [String: Any])
    let outputs = try #require(head["outputs"] as? [[String: Any]])
    #expect(outputs.map { $0["name"] as? String } == ["logits", "probabilities"])
    #expect(outputs.map { $0["shape"] as? [Int] } == [[1, 4], [1, 4]])
    let floats = stride(from: length, to: length + 16, by: 4).map { start in
      Float(bitPattern: (0..<4).reduce(0) { $0 | UInt32(raw.body[start + $1]) << (8 * $1) })
    }
    #expect(floats == wanted && raw.body.count == length + 32)

    let size = image.count + 4
    let header = """
      {"id":"a\\"b","inputs":[{"name":"image","datatype":"BYTES","shape":[1],"parameters":{"binary_data_size":\(size)}}],
      "outputs":[{"name":"logits"},{"name":"probabilities","parameters":{"classification":2}}]}
      """
    let prefix = (0..<4).map { UInt8(truncatingIfNeeded: image.count >> (8 * $0)) }
    let answer = await post(
      "/v2/models/net/infer", Array(header.utf8) + prefix + image,
      ["inference-header-content-length": "\(header.utf8.count)"])
    let body = try json(answer)
    #expect(body["id"] as? String == "a\"b" && body["model_name"] as? String == "net")
    let tensors = try #require(body["outputs"] as? [[String: Any]])
    #expect((tensors[0]["data"] as? [Double])?.map { Float($0) } == wanted)
    let classes = try #require(tensors[1]["data"] as? [String])
    #expect(tensors[1]["datatype"] as? String == "BYTES" && tensors[1]["shape"] as? [Int] == [1, 2])
    let best = try #require(wanted.indices.max { wanted[$0] < wanted[$1] })
    #expect(classes[0].hasSuffix(":\(best):\(Self.labels[best])"))
    #expect(classes[0].prefix { $0 != ":" }.split(separator: ".").last?.count == 6)

    let count = 3 * 32 * 32
    let zeros = (0..<count).map { _ in "0" }.joined(separator: ",")
    let tensor = await post(
      "/v2/models/net/infer",
      Array(#"{"inputs":[{"name":"input","datatype":"FP32","shape":[1,3,32,32],"data":[\#(zeros)]}]}"#.utf8))
    #expect(tensor.status == 200)
  }

  @Test func `a request that does not fit the model is told what does`() async throws {
    for body in [
      #"{"inputs":[]}"#,
      #"{"inputs":[{"name":"input","datatype":"FP32","shape":[1,3,2,2],"data":[0,0,0,0,0,0,0,0,0,0,0,0]}]}"#,
      #"{"inputs":[{"name":"input","datatype":"FP32","shape":[1,3,32,32],"data":[0]}]}"#,
      #"{"inputs":[{"name":"input","datatype":"FP64","shape":[1,3,32,32],"data":[0]}]}"#,
      #"{"inputs":[{"name":"other","datatype":"BYTES","shape":[1],"data":["x"]}]}"#,
      #"{"inputs":[{"name":"image","datatype":"BYTES","shape":[0],"data":[]}]}"#,
      #"{"inputs":[{"name":"image","datatype":"BYTES","shape":[9223372036854775807,4],"data":["x"]}]}"#,
      #"{"inputs":[{"name":"image","datatype":"BYTES","shape":[1],"data":["x"]}],"outputs":[{"name":"x"}]}"#,
      #"{"inputs":[{"name":"image","datatype":"BYTES","shape":[1],"data":["x"]}],"parameters":{"sequence_id":1}}"#,
      #"{"inputs":[{"name":"image","datatype":"BYTES","shape":[1],"data":["x"]}],"parameters":{"priority":-1}}"#,
    ] {
      let answer = await post("/v2/models/net/infer", Array(body.utf8))
      #expect(answer.status == 400, "\(body)")
      #expect((try json(answer)["error"] as? String)?.isEmpty == false)
    }
    let many = String(repeating: #""","#, count: 5000).dropLast()
    let rows = await post(
      "/v2/models/net/infer",
      Array(#"{"inputs":[{"name":"image","datatype":"BYTES","shape":[5000],"data":[\#(many)]}]}"#.utf8))
    #expect(rows.status == 400)
    let lengths =
      #"{"inputs":[{"name":"image","datatype":"BYTES","shape":[5000],"parameters":{"binary_data_size":20000}}]}"#
    let empty = await post(
      "/v2/models/net/infer", Array(lengths.utf8) + [UInt8](repeating: 0, count: 20000),
      ["inference-header-content-length": "\(lengths.utf8.count)"])
    #expect(empty.status == 413)
    let late = await post(
      "/v2/models/net/infer",
      Array(
        #"{"inputs":[{"name":"image","datatype":"BYTES","shape":[1],"data":["x"]}],"parameters":{"timeout":1}}"#
          .utf8))
    #expect(late.status == 503 || late.status == 400)
  }

  @Test func `version 1 takes images in base64`() async throws {
    let image = Data(try Self.image("photo.jpg")).base64EncodedString()
    let body = #"{"signature_name":"x","instances":[{"b64":"\#(image)"},{"image":{"b64":"\#(image)"}}]}"#
    let answer = await post("/v1/models/net:predict", Array(body.utf8))
    let predictions = try #require(try json(answer)["predictions"] as? [[String: Any]])
    #expect(predictions.count == 2 && predictions[0]["label"] is String)
    #expect((predictions[0]["probabilities"] as? [Double])?.count == 4)
    #expect(await get("/v1/models/net").status == 200)
    for body in [
      "{}", #"{"instances":[]}"#, #"{"instances":[{"b64":"%"}]}"#, #"{"instances":[[1]]}"#,
      #"{"instances":[{}]}"#,
    ] {
      #expect(await post("/v1/models/net:predict", Array(body.utf8)).status == 400)
    }
  }

  @Test(arguments: [ContentCoding.gzip, .deflate])
  func `bodies are compressed both ways`(coding: ContentCoding) async throws {
    let image = try Self.image("photo.jpg")
    let wrapper: Inflater.Wrapper = coding == .gzip ? .gzip : .zlib
    let body =
      #"{"inputs":[{"name":"image","datatype":"BYTES","shape":[1],"parameters":{"binary_data_size":\#(image.count + 4)}}]}"#
    let prefix = (0..<4).map { UInt8(truncatingIfNeeded: image.count >> (8 * $0)) }
    let plain = Array(body.utf8) + prefix + image
    let compressed = Self.deflated(plain, wrapper)
    let headers = [
      "content-encoding": coding.rawValue, "inference-header-content-length": "\(body.utf8.count)",
      "accept-encoding": "br;q=1.0, \(coding.rawValue);q=0.8",
    ]
    let answer = await post("/v2/models/net/infer", compressed, headers)
    #expect(answer.status == 200)
    #expect((try json(answer)["outputs"] as? [Any])?.count == 2)
    let metrics = await service.respond(
      to: RESTRequest(method: "GET", target: "/metrics", headers: ["accept-encoding": coding.rawValue]))
    #expect(metrics.headers["Content-Encoding"] == coding.rawValue)
    #expect(String(decoding: try Self.inflated(metrics.body, wrapper), as: UTF8.self).hasPrefix("# HELP"))
    #expect(await post("/classify", Array(compressed.dropLast()), headers).status == 400)
    #expect(await post("/classify", compressed + [0], headers).status == 400)
    // A small body of many megabytes.
    let bomb = Self.deflated([UInt8](repeating: 0, count: 8 << 20), wrapper)
    #expect(await post("/classify", bomb, headers).status == 413)
    #expect(await post("/classify", image, ["content-encoding": "br"]).status == 415)
  }

  // MARK: Facts

  @Test func `the server, the model and their figures are told`() async throws {
    #expect(await get("/v2/health/live").status == 200)
    #expect(await get("/v2/health/ready").status == 200)
    #expect(await get("/v2/models/net/ready").status == 200)
    #expect(await get("/v2/models/other/ready").status == 503)
    let server = try json(await get("/v2"))
    #expect(
      server["name"] as? String == "reszoo"
        && (server["extensions"] as? [String])?.contains("statistics") == true)
    let model = try json(await get("/v2/models/net"))
    #expect((model["inputs"] as? [[String: Any]])?.map { $0["name"] as? String } == ["image", "input"])
    #expect((model["inputs"] as? [[String: Any]])?.last?["shape"] as? [Int] == [-1, 3, 32, 32])
    let configuration = try json(await get("/v2/models/net/config"))
    #expect(
      configuration["max_batch_size"] as? Int == 8 && configuration["dynamic_batching"] is [String: Any])
    let parameters = configuration["parameters"] as? [String: [String: String]]
    #expect(parameters == ["precision": ["string_value": "f32"]])
    _ = await post("/classify", try Self.image("photo.jpg"))
    for target in ["/v2/models/stats", "/v2/models/net/stats", "/v2/models/net/versions/1/stats"] {
      let stats = try #require(try json(await get(target))["model_stats"] as? [[String: Any]])
      #expect(
        stats.count == 1 && stats[0]["version"] as? String == "1" && stats[0]["inference_count"] as? Int == 1)
      let stages = try #require(stats[0]["inference_stats"] as? [String: [String: Any]])
      #expect(
        Set(stages.keys) == [
          "success", "fail", "queue", "compute_input", "compute_infer", "compute_output", "cache_hit",
          "cache_miss",
        ])
      #expect(stages["success"]?["count"] as? Int == 1 && (stages["success"]?["ns"] as? Int ?? 0) > 0)
    }
    let metrics = String(decoding: await get("/metrics").body, as: UTF8.self)
    #expect(metrics.contains("nv_inference_request_success{model=\"net\",version=\"1\"} 1\n"))
    #expect(metrics.contains("reszoo_request_seconds_bucket{model=\"net\",version=\"1\",le=\"+Inf\"} 1\n"))
    #expect(metrics.hasSuffix("\n"))
  }

  @Test func `other paths, methods and versions are refused`() async {
    for target in [
      "/page", "/page.css/x", "/v2/x", "/v2/models", "/v2/models/other", "/v2/models/net/versions/2", "/v3",
      "/v2/models/net/x",
      "/../etc",
    ] {
      #expect(await get(target).status == 404, "\(target)")
    }
    #expect(await get("/%zz").status == 400)
    #expect(await get("/v2/models/a%2Fb").status == 400)
    #expect(await get("/classify").status == 405)
    #expect(await post("/v2", []).headers["Allow"] == "GET, HEAD")
    #expect(await service.respond(to: RESTRequest(method: "HEAD", target: "/v2")).status == 200)
  }

  @Test func `there is a page, which takes nothing from elsewhere`() async {
    for (target, type) in [("/", "text/html"), ("/page.css", "text/css"), ("/page.js", "text/javascript")] {
      let answer = await get(target)
      #expect(answer.status == 200 && answer.headers["Content-Type"]?.hasPrefix(type) == true)
      #expect(
        answer.headers["Content-Security-Policy"]?.hasPrefix("default-src 'none'; script-src 'self';") == true
      )
      #expect(!String(decoding: answer.body, as: UTF8.self).contains("://"))
    }
    #expect(await post("/", []).status == 405)
  }

  // MARK: Models

  @Test func `models are loaded and unloaded where that is allowed`() async throws {
    let index = try #require(try list(await post("/v2/repository/index", [])).first)
    #expect(index["name"] as? String == "net" && index["state"] as? String == "READY")
    #expect(await post("/v2/repository/models/net/unload", Array("{}".utf8)).status == 200)
    // What was given up on purpose is not missing.
    #expect(await get("/v2/health/ready").status == 200)
    #expect(await get("/v2/models/net/ready").status == 503)
    #expect(await post("/classify", []).status == 503)
    #expect(try list(await post("/v2/repository/index", Array(#"{"ready":true}"#.utf8))).isEmpty)
    #expect(await post("/v2/repository/models/net/load", []).status == 200)
    #expect(await get("/v2/health/ready").status == 200)
    #expect(await post("/v2/repository/models/other/load", []).status == 404)
    let closed = RESTService(repository, RESTService.Settings(version: "1", bodyLimit: 1000))
    let refusal = await closed.respond(
      to: RESTRequest(method: "POST", target: "/v2/repository/models/net/unload"))
    #expect(refusal.status == 400 && repository.isReady)
  }

  @Test func `a changed checkpoint takes over, a damaged one does not`() async throws {
    let image = try Self.image("photo.jpg")
    let before = await post("/classify", image)
    try Self.save(seed: 3, to: path)
    #expect(await post("/v2/repository/models/net/load", []).status == 200)
    let after = await post("/classify", image)
    #expect(after.status == 200 && after.body != before.body)
    folder.write(Array("damaged".utf8), to: "net.rzoo")
    let refusal = await post("/v2/repository/models/net/load", [])
    #expect(refusal.status == 400)
    // A client learns nothing of the machine.
    #expect(!String(decoding: refusal.body, as: UTF8.self).contains(folder.path))
    #expect(await post("/classify", image).body == after.body)
    #expect(repository.isReady)
  }

  // MARK: Support

  private struct Image: Decodable {
    struct Class: Decodable {
      var label: String
      var logit: Float
      var probability: Double
    }

    var top: [Class]
  }

  private func post(
    _ target: String, _ body: [UInt8], _ headers: [String: String] = [:]
  ) async -> RESTResponse {
    await service.respond(to: RESTRequest(method: "POST", target: target, headers: headers, body: body))
  }

  private func get(_ target: String) async -> RESTResponse {
    await service.respond(to: RESTRequest(method: "GET", target: target))
  }

  private func json(_ response: RESTResponse) throws -> [String: Any] {
    try #require(try JSONSerialization.jsonObject(with: Data(response.body)) as? [String: Any])
  }

  private func list(_ response: RESTResponse) throws -> [[String: Any]] {
    try #require(try JSONSerialization.jsonObject(with: Data(response.body)) as? [[String: Any]])
  }

  private static func save(seed: UInt64, to path: String) throws {
    var architecture = try Architecture.preset(named: "small_resnet18", classes: 4)
    architecture.name = nil
    try Model(untrained: architecture, labels: labels, seed: seed).write(to: path)
  }

  /// An image that tools/fixtures/make_image_fixtures.py drew.
  private static func image(_ name: String) throws -> [UInt8] {
    let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .appending(path: "ImageInputTests/Fixtures")
    return [UInt8](try Data(contentsOf: folder.appending(path: name)))
  }

  private static func deflated(_ bytes: [UInt8], _ wrapper: Inflater.Wrapper) -> [UInt8] {
    var target = [UInt8](repeating: 0, count: bytes.count + 1000)
    var span = target.mutableSpan
    var room = unsafe span.mutableBytes
    let count = unsafe Deflater(.matches, wrapper).encode(bytes.span.bytes, into: &room) ?? 0
    return Array(target[..<count])
  }

  private static func inflated(_ bytes: [UInt8], _ wrapper: Inflater.Wrapper) throws -> [UInt8] {
    var target = [UInt8](repeating: 0, count: 1 << 20)
    var span = target.mutableSpan
    var room = unsafe span.mutableBytes
    let step = try unsafe #require(Inflater(wrapper).decode(piece: bytes.span.bytes, into: &room))
    return Array(target[..<step.written])
  }
}
