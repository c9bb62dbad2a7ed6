import Exporters
import Files
import Messages
import ModelDescriptor
import PublishedModels
import ResNetModel
import TestSupport
import Testing

@testable import ModelZoo

/// How much of a file's SHA-256 is known, and what that decides.
@Suite struct DigestTests {
  let temporary = TemporaryCache()
  var cache: ModelCache { temporary.cache }

  private func server(_ file: [UInt8]) -> LoopbackServer {
    LoopbackServer { LoopbackServer.response(to: $0, file: file) }
  }

  /// Pulls from a server that has this file under every name.
  private func pull(_ weights: PublishedWeights, serving file: [UInt8]) throws(PullError) -> PullReport {
    let server = server(file)
    defer { withExtendedLifetime(server) {} }
    return try cache.pull(weights, options: PullOptions(mirror: server.address))
  }

  @Test func allKnownDigitsAreCompared() throws {
    let publication = try Publication()
    // A file whose SHA-256 begins with the same digits as the published one's, but for the last.
    for digits in [8, 63] {
      var weights = publication.weights
      let rest = weights.sha256Prefix.dropFirst(digits).map { $0 == "0" ? "1" : "0" }.joined()
      weights.sha256Prefix = weights.sha256Prefix.prefix(digits) + rest
      let error = #expect(throws: PullError.self) {
        try pull(weights, serving: publication.file)
      }
      #expect(error?.transferCode == .wrongDigest)
      #expect(
        error?.description.contains(
          "is \(publication.weights.sha256Prefix), and must be \(weights.sha256Prefix)") == true)
      #expect(temporary.files.isEmpty)
    }
  }

  @Test(arguments: [8, 32, 63]) func aPartOfTheDigestIsNotEnoughForAnUnencryptedMirror(digits: Int) throws {
    let publication = try Publication(digits: digits)
    let server = server(publication.file)
    let error = #expect(throws: PullError.self) { try cache.pull(publication, from: server) }
    #expect(error?.transferCode == .weakCheck)
    #expect(error?.description.contains("only \(4 * digits) bits of its SHA-256 are known") == true)
    #expect(server.requests.isEmpty && temporary.files.isEmpty)
    let report = try cache.pull(publication, from: server, allowsWeakCheck: true)
    #expect(
      report.notes.contains { $0.description.hasPrefix("checked: only \(4 * digits) bits of its SHA-256") })
  }

  @Test func whatLiesInTheCacheIsUsedWhenItsWholeDigestIsKnown() throws {
    for (digits, isUsed) in [(64, true), (8, false)] {
      let temporary = TemporaryCache()
      let publication = try Publication(digits: digits)
      let server = server(publication.file)
      let downloads = temporary.cache.folder + "/downloads"
      try makeFolders(downloads)
      // A whole file, and then a part of one, as an earlier pull leaves them.
      writeFile(publication.file, to: downloads + "/" + publication.weights.file)
      let options = PullOptions(mirror: server.address, allowsWeakCheck: !isUsed)
      var weights = publication.weights
      if isUsed {
        _ = try temporary.cache.pull(weights, options: options)
        #expect(server.requests.isEmpty)
      } else {
        // An address that is encrypted, which nobody answers: it is asked all the same.
        weights.address = "https://127.0.0.1:\(LoopbackServer.closedPort())/\(weights.file)"
        writeFile(Array(publication.file[..<5000]), to: downloads + "/\(weights.file).part")
        let error = #expect(throws: PullError.self) { try temporary.cache.pull(weights) }
        #expect(error?.transferCode == .noConnection)
        #expect(!isRegularFile(downloads + "/\(weights.file).part"))
        _ = try temporary.cache.pull(weights, options: options)
        #expect(server.requests.isEmpty)
      }
    }
  }

  @Test func anotherFileInTheCacheIsNotUsed() throws {
    let publication = try Publication()
    try makeFolders(cache.folder + "/downloads")
    writeFile(
      [UInt8](repeating: 7, count: publication.file.count),
      to: cache.folder + "/downloads/" + publication.weights.file)
    let server = server(publication.file)
    _ = try cache.pull(publication, from: server)
    #expect(server.requests.count == 1)
  }

  @Test func anotherKindThanTheNameSaysIsRefused() throws {
    let publication = try Publication()
    for ending in ["pth", "th", "pt", "onnx", "npz", "h5", "keras"] {
      var weights = publication.weights
      weights.file = "small-1.\(ending)"
      let error = #expect(throws: PullError.self) {
        try pull(weights, serving: publication.file)
      }
      #expect(error?.transferCode == .wrongKind)
      #expect(
        error?.description.contains("the server sends a safetensors file under the name small-1.\(ending)")
          == true)
      #expect(temporary.files.isEmpty)
    }
  }

  @Test func aWebPageIsNamedAsOne() throws {
    let publication = try Publication()
    let page = Array("<!DOCTYPE html><html>Sign in</html>".utf8)
    let error = #expect(throws: PullError.self) { try cache.pull(publication, from: server(page)) }
    #expect(error?.transferCode == .wrongDigest)
    #expect(error?.description.contains("the server sends an HTML page") == true)
  }

  @Test func theCheckpointSaysOfWhichFileItWasMade() throws {
    // A file that says that it was made of another.
    let folder = TemporaryFolder()
    let random = try Model(untrained: Architecture.preset(named: "small_resnet18"), seed: 7)
    var descriptor = random.descriptor
    descriptor.origin = Origin(
      kind: .imported, source: "elsewhere", sha256: String(repeating: "a", count: 64))
    let model = try Model(descriptor: descriptor, parameters: random.parameters)
    _ = try model.exportSafetensors(to: folder.file("net.safetensors"))
    let file = readFile(folder.file("net.safetensors"))
    let index = Publication.index(for: file)
    var weights = try ModelIndex(json: Array(index.utf8)).entries[0]
    weights.sha256Prefix = Publication.sha256(file)
    let report = try pull(weights, serving: file)
    #expect(report.notes.contains("checked: all 64 digits of its SHA-256"))
    let origin = try Model(contentsOf: report.path).descriptor.origin
    #expect(origin.sha256 == weights.sha256Prefix)
    #expect(origin.source == weights.address)
  }

  @Test func whatIsNoCheckpointOfTheFileIsNotTakenFromTheCache() throws {
    let publication = try Publication()
    let server = server(publication.file)
    try makeFolders(cache.folder + "/models")
    let path = cache.path(of: publication.weights)
    var other = publication.weights
    other.sha256Prefix = String(publication.weights.sha256Prefix.reversed())
    for garbage in [[], Array("garbage".utf8), [UInt8](repeating: 0x8D, count: 5000)] {
      writeFile(garbage, to: path)
      for _ in 0..<2 {
        #expect(throws: PullError.self) { try cache.holds(publication.weights) }
        let error = #expect(throws: PullError.self) { try cache.pull(publication, from: server) }
        guard case .cached(let fault) = error else {
          Issue.record("\(String(describing: error))")
          return
        }
        #expect(fault.path == path)
      }
    }
    #expect(server.requests.isEmpty)
    _ = try cache.pull(publication, from: server, replaces: true)
    #expect(try cache.holds(publication.weights))
    #expect(throws: PullError.self) { try cache.holds(other) }
  }
}
