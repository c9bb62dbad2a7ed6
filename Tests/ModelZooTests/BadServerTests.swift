import Files
import Messages
import ModelDescriptor
import PublishedModels
import TestSupport
import Testing

@testable import ModelZoo

/// Servers that do not give the file: each has its own error, and nothing that is not the file stays.
@Suite struct BadServerTests {
  let publication: Publication
  let temporary = TemporaryCache()

  init() throws { publication = try Publication(isMeasured: true) }

  private func failure(
    _ server: LoopbackServer, sourceLocation: SourceLocation = #_sourceLocation
  ) -> PullError? {
    let error = #expect(throws: PullError.self, sourceLocation: sourceLocation) {
      try temporary.cache.pull(publication, from: server)
    }
    #expect(error?.description.hasPrefix(server.address) == true, sourceLocation: sourceLocation)
    return error
  }

  @Test func anotherFileOfTheSameSize() throws {
    let other = [UInt8](repeating: 7, count: publication.file.count)
    let error = failure(LoopbackServer { LoopbackServer.response(to: $0, file: other) })
    #expect(error?.transferCode == .wrongDigest)
    #expect(error?.description.contains("and must be \(publication.weights.sha256Prefix)") == true)
    #expect(temporary.files.isEmpty)
  }

  @Test func aPageInPlaceOfTheFile() throws {
    let page = Array("<html>Sign in to the wireless network</html>".utf8)
    let error = failure(LoopbackServer { LoopbackServer.response(to: $0, file: page) })
    #expect(error?.transferCode == .wrongSize)
    #expect(temporary.files.isEmpty)
  }

  @Test func aLongerFileIsRefusedBeforeItComes() throws {
    let server = LoopbackServer { _ in
      LoopbackServer.Response(200, headers: ["Content-Length: 999999999999"], hasLength: false)
    }
    #expect(failure(server)?.transferCode == .wrongSize)
    #expect(temporary.files.isEmpty)
  }

  @Test func anEndlessFileIsCutOff() throws {
    let server = LoopbackServer { [file = publication.file] _ in
      LoopbackServer.Response(200, body: file + file + file, hasLength: false)
    }
    #expect(failure(server)?.transferCode == .wrongSize)
    #expect(temporary.files.isEmpty)
  }

  @Test func aShorterFileWithoutALengthMayBeBrokenOff() throws {
    let server = LoopbackServer { [file = publication.file] request in
      LoopbackServer.Response(200, body: Array(file[..<1000]), hasLength: false)
    }
    #expect(failure(server)?.transferCode == .brokenOff)
    #expect(temporary.files == ["downloads/\(publication.weights.file).part"])
  }

  @Test func anEmptyFile() throws {
    #expect(failure(LoopbackServer { _ in LoopbackServer.Response(200) })?.transferCode == .wrongSize)
    #expect(temporary.files.isEmpty)
  }

  @Test(arguments: [401, 403, 404, 410, 416, 429, 500, 503, 204, 304]) func statuses(_ status: Int) throws {
    let error = failure(
      LoopbackServer { _ in
        LoopbackServer.Response(status, body: status == 204 || status == 304 ? [] : [1, 2, 3])
      })
    guard case .transfer(let fault) = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(fault.code == .status)
    #expect(fault.status == status)
    #expect(temporary.files.isEmpty)
  }

  @Test func nobodyListens() throws {
    let port = LoopbackServer.closedPort()
    let error = #expect(throws: PullError.self) {
      try temporary.cache.pull(publication.weights, options: PullOptions(mirror: "http://127.0.0.1:\(port)/"))
    }
    #expect(error?.transferCode == .noConnection)
    #expect(error?.description.hasPrefix("http://127.0.0.1:\(port)/\(publication.weights.file): ") == true)
  }

  @Test func aRedirectThatLeadsToItself() throws {
    let server = LoopbackServer { LoopbackServer.Response(302, headers: ["Location: \($0.path)"]) }
    #expect(failure(server)?.transferCode == .redirects)
    #expect(server.requests.count == 11)
  }

  @Test func aRedirectToNowhere() throws {
    let server = LoopbackServer { _ in LoopbackServer.Response(302) }
    #expect(failure(server)?.transferCode == .status)
    #expect(server.requests.count == 1)
  }

  @Test func aServerThatAlwaysSendsTheWrongPart() throws {
    try makeFolders(temporary.cache.folder + "/downloads")
    writeFile([1, 2, 3], to: temporary.cache.folder + "/downloads/\(publication.weights.file).part")
    let server = LoopbackServer { _ in
      LoopbackServer.Response(206, headers: ["Content-Range: bytes 50-52/100"], body: [1, 2, 3])
    }
    let error = failure(server)
    #expect(error?.transferCode == .wrongSize || error?.transferCode == .notHTTP)
    #expect(temporary.files.isEmpty)
  }

  @Test(arguments: [
    "file:///etc/passwd", "gopher://127.0.0.1/x", "ftp://127.0.0.1/x", "http://[::", "dict:x",
  ])
  func aRedirectToAnotherProtocol(location: String) throws {
    let server = LoopbackServer { _ in LoopbackServer.Response(302, headers: ["Location: \(location)"]) }
    let error = failure(server)
    #expect(error?.transferCode == .badRedirect, "\(String(describing: error))")
    #expect(error?.description.contains("the server leads to an address that is not followed") == true)
    #expect(temporary.files.isEmpty)
  }

  @Test func aHeadThatDoesNotEnd() throws {
    let line = "HTTP/1.1 200 OK\r\n"
    let heads = [
      line + String(repeating: "X-Filler: \(String(repeating: "y", count: 100))\r\n", count: 20_000),
      line + "X-Endless: " + String(repeating: "y", count: 2_000_000),
      String(repeating: "y", count: 2_000_000),
    ]
    for head in heads {
      let error = failure(LoopbackServer { _ in LoopbackServer.Response(raw: Array(head.utf8)) })
      #expect(error?.transferCode == .notHTTP, "\(String(describing: error))")
      #expect(temporary.files.isEmpty)
    }
  }

  private func slowness(
    _ patience: Transfer.Patience,
    _ answer: @escaping @Sendable (LoopbackServer.Request) -> LoopbackServer.Response
  ) throws -> TransferError? {
    let server = LoopbackServer(answer)
    do {
      _ = try Transfer(address: server.address + "/x", allowsHTTP: true, patience: patience)
        .run(TransferReceiver())
      return nil
    } catch {
      return error
    }
  }

  @Test func aServerThatDripsIsGivenUp() throws {
    let patience = Transfer.Patience(firstSeconds: 2, windowSeconds: 2, windowBytes: 1000)
    let body = [UInt8](repeating: 1, count: 100_000)
    // A burst first, then a drip, of the body and of the head.
    let late = try slowness(patience) { _ in
      LoopbackServer.Response(200, body: body).slowing(10_000, pause: 20_000)
    }
    #expect(late?.code == .timeout && late?.message.contains("less than 1000 bytes in 2 s") == true)
    let head = try slowness(patience) { _ in
      LoopbackServer.Response(200, body: [1]).slowing(20, pause: 500_000)
    }
    #expect(head?.code == .timeout)
    // A server that is slow enough for several windows, and brings in each what little is asked for.
    let steady = Transfer.Patience(firstSeconds: 60, windowSeconds: 2, windowBytes: 1)
    let quick = try slowness(steady) { _ in
      LoopbackServer.Response(200, body: body).slowing(250, pause: 20_000)
    }
    #expect(quick == nil)
  }

  @Test func nothingIsSaidToBeKeptWhereNothingIs() throws {
    let error = failure(LoopbackServer { _ in LoopbackServer.Response(raw: []) })
    guard case .transfer(let fault) = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(fault.keptByteCount == 0)
    let half = LoopbackServer { [file = publication.file] in
      LoopbackServer.response(to: $0, file: file, sent: $0.firstByte == nil ? 1000 : 0)
    }
    guard case .transfer(let broken) = failure(half) else { return }
    #expect(broken.keptByteCount == 1000)
  }

  @Test func aPasswordInTheAddressIsSentAndNotShown() throws {
    let server = LoopbackServer { _ in LoopbackServer.Response(404) }
    let mirror = "http://user:secret@127.0.0.1:\(server.port)"
    for mirror in [mirror, "ftp://user:secret@host", "user:secret@host", mirror + "/?key=secret"] {
      let error = #expect(throws: PullError.self) {
        try temporary.cache.pull(publication.weights, options: PullOptions(mirror: mirror))
      }
      #expect(error?.description.contains("secret") == false, "\(String(describing: error))")
      #expect(error.map { "\(String(reflecting: $0))" }?.contains("secret") == false)
    }
    #expect(server.requests.map { $0.headers["authorization"] } == ["Basic dXNlcjpzZWNyZXQ="])
  }

  @Test(arguments: ["SSH-2.0-OpenSSH_9.2\r\n", "\u{0}\u{1}\u{2}\r\n\r\n", "HTTP/9.9 huh\r\n\r\n", ""])
  func aServerOfAnotherKind(_ text: String) throws {
    let error = failure(LoopbackServer { _ in LoopbackServer.Response(raw: Array(text.utf8)) })
    #expect(
      [.notHTTP, .brokenOff, .status, .other].contains(error?.transferCode),
      "\(String(describing: error))")
    #expect(temporary.files.isEmpty)
  }

  @Test func addressesThatAreNone() throws {
    for mirror in ["", "ftp://host", "host/path", "http://ho st", "http://host\r\nX: y", "file:///tmp"] {
      let error = #expect(throws: PullError.self) {
        try temporary.cache.pull(publication.weights, options: PullOptions(mirror: mirror))
      }
      #expect(error?.transferCode == .badAddress, "\(mirror)")
    }
  }

  @Test func plainHTTPIsOnlyForMirrors() throws {
    let server = LoopbackServer { _ in LoopbackServer.Response(200) }
    let receiver = TransferReceiver()
    let error = #expect(throws: TransferError.self) {
      try Transfer(address: server.address + "/x", allowsHTTP: false).run(receiver)
    }
    #expect(error?.code == .badAddress)
    #expect(server.requests.isEmpty)
  }

  @Test func aNetworkThatCannotRunIsToldBeforeAnythingIsFetched() throws {
    let server = LoopbackServer { _ in LoopbackServer.Response(200) }
    var weights = publication.weights
    weights.architecture = "unheard_of"
    let error = #expect(throws: PullError.self) {
      try temporary.cache.pull(weights, options: PullOptions(mirror: server.address))
    }
    guard case .architecture = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(server.requests.isEmpty)
    #expect(temporary.files.isEmpty)
  }

  @Test func aCacheThatIsAFile() throws {
    temporary.folder.write([], to: "cache")
    let error = #expect(throws: PullError.self) { try temporary.cache.pull(publication.weights) }
    guard case .file(let fault) = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(fault.code == .badPath)
  }
}
