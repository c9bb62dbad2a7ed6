import Dispatch
import Files
import Foundation
import Importers
import Messages
import ModelDescriptor
import PublishedModels
import ResNetModel
import Synchronization
import TensorCore
import TestSupport
import Testing

@testable import ModelZoo

/// Downloads from a real server on the loopback, whole and in pieces.
@Suite struct PullTests {
  let publication: Publication
  let temporary = TemporaryCache()
  var cache: ModelCache { temporary.cache }

  init() throws { publication = try Publication() }

  /// Checks that the checkpoint holds the published weights, and that nothing else is in the cache.
  private func expectWhole(_ report: PullReport, sourceLocation: SourceLocation = #_sourceLocation) throws {
    let model = try Model(contentsOf: report.path)
    for (name, tensor) in publication.model.parameters {
      let copy = try #require(model.parameters[name], sourceLocation: sourceLocation)
      #expect(
        Array(copying: copy.bytes) == Array(copying: tensor.bytes), "\(name)", sourceLocation: sourceLocation)
    }
    #expect(temporary.files == ["models/small.rzoo"], sourceLocation: sourceLocation)
  }

  @Test func aWholeDownloadBecomesACheckpoint() throws {
    let server = LoopbackServer { [file = publication.file] in LoopbackServer.response(to: $0, file: file) }
    let events = Mutex<[PullEvent]>([])
    let report = try cache.pull(publication, from: server) { event in events.withLock { $0.append(event) } }
    try expectWhole(report)
    #expect(!report.wasCached && report.source == nil)
    #expect(report.notes.contains("published: test:small, under the licence MIT"))
    #expect(server.requests.map(\.path) == ["/" + publication.weights.file])
    let size = UInt64(publication.file.count)
    #expect(events.withLock { $0 }.contains(.downloading(done: size, total: size)))
    let metadata = try Model(contentsOf: report.path).descriptor
    #expect(metadata.metrics == ["acc@1": 10])
    #expect(metadata.labels?.first == "class 0")
  }

  @Test func whatIsCachedIsNotFetchedAgain() throws {
    let server = LoopbackServer { [file = publication.file] in LoopbackServer.response(to: $0, file: file) }
    #expect(!cache.contains(publication.weights))
    _ = try cache.pull(publication, from: server)
    #expect(cache.contains(publication.weights))
    #expect(try cache.pull(publication, from: server).wasCached)
    #expect(server.requests.count == 1)
    let again = try cache.pull(publication, from: server, replaces: true)
    try expectWhole(again)
    #expect(server.requests.count == 2)
  }

  @Test func theSourceIsKeptWhenAskedForAndUsedAgain() throws {
    let server = LoopbackServer { [file = publication.file] in LoopbackServer.response(to: $0, file: file) }
    let report = try cache.pull(publication, from: server, keepsSource: true)
    let source = try #require(report.source)
    #expect(readFile(source) == publication.file)
    removeFile(report.path)
    try expectWhole(try cache.pull(publication, from: server))
    #expect(server.requests.count == 1)
  }

  @Test func aBrokenDownloadIsTakenUpAtOnce() throws {
    let server = LoopbackServer { [file = publication.file] request in
      LoopbackServer.response(to: request, file: file, sent: request.firstByte == nil ? 300_000 : nil)
    }
    try expectWhole(try cache.pull(publication, from: server))
    let requests = server.requests
    #expect(requests.map { $0.firstByte ?? 0 } == [0, 300_000])
    #expect(requests.last?.headers["if-range"] == "\"one\"")
  }

  @Test func aBrokenDownloadIsTakenUpByTheNextPull() throws {
    // Nothing comes in the second answer, so that the first pull gives up.
    let server = LoopbackServer { [file = publication.file] request in
      LoopbackServer.response(to: request, file: file, sent: request.firstByte == nil ? 300_000 : 0)
    }
    let error = #expect(throws: PullError.self) { try cache.pull(publication, from: server) }
    #expect(error?.transferCode == .brokenOff)
    let name = publication.weights.file
    #expect(temporary.files == ["downloads/\(name).part", "downloads/\(name).part.version"])
    let second = LoopbackServer { [file = publication.file] in LoopbackServer.response(to: $0, file: file) }
    let events = Mutex<[PullEvent]>([])
    let report = try cache.pull(publication, from: second) { event in events.withLock { $0.append(event) } }
    try expectWhole(report)
    #expect(second.requests.map(\.firstByte) == [300_000])
    #expect(events.withLock { $0 }.contains(.resuming(from: 300_000)))
  }

  @Test func aServerWithoutRangesBeginsAnew() throws {
    let calls = Atomic(0)
    let server = LoopbackServer { [file = publication.file] _ in
      let call = calls.add(1, ordering: .relaxed).oldValue
      return LoopbackServer.Response(200, body: file, sent: call == 0 ? 200_000 : nil)
    }
    try expectWhole(try cache.pull(publication, from: server))
    #expect(server.requests.map(\.firstByte) == [nil, 200_000])
  }

  @Test func aFileThatChangedBetweenPiecesBeginsAnew() throws {
    let other = [UInt8](repeating: 1, count: publication.file.count)
    let server = LoopbackServer { [file = publication.file] request in
      request.headers["range"] == nil
        ? LoopbackServer.response(to: request, file: other, tag: "\"old\"", sent: 100_000)
        : LoopbackServer.response(to: request, file: file, tag: "\"new\"")
    }
    try expectWhole(try cache.pull(publication, from: server))
    #expect(server.requests.count == 2)
  }

  @Test func piecesOfTwoFilesAreFoundOutByTheDigest() throws {
    let other = [UInt8](repeating: 1, count: publication.file.count)
    let calls = Atomic(0)
    // No entity tags: the second answer cannot know that the first piece was another file's.
    let server = LoopbackServer { [file = publication.file] request in
      if calls.add(1, ordering: .relaxed).oldValue == 0 {
        return LoopbackServer.Response(200, body: other, sent: 100_000)
      }
      return LoopbackServer.response(to: request, file: file)
    }
    try expectWhole(try cache.pull(publication, from: server))
    #expect(server.requests.map(\.firstByte) == [nil, 100_000, nil])
  }

  @Test func aPartThatIsWholeAlreadyNeedsNoMore() throws {
    try makeFolders(cache.folder + "/downloads")
    writeFile(publication.file, to: cache.folder + "/downloads/\(publication.weights.file).part")
    let server = LoopbackServer { [file = publication.file] in LoopbackServer.response(to: $0, file: file) }
    try expectWhole(try cache.pull(publication, from: server))
    #expect(server.requests.map(\.firstByte) == [publication.file.count])
  }

  @Test func anotherPartThanAskedForBeginsAnew() throws {
    try makeFolders(cache.folder + "/downloads")
    writeFile(
      Array(publication.file[..<5000]), to: cache.folder + "/downloads/\(publication.weights.file).part")
    let server = LoopbackServer { [file = publication.file] request in
      request.firstByte == nil
        ? LoopbackServer.response(to: request, file: file)
        : LoopbackServer.Response(
          206, headers: ["Content-Range: bytes 9-\(file.count - 1)/\(file.count)"], body: Array(file[9...]))
    }
    try expectWhole(try cache.pull(publication, from: server))
    #expect(server.requests.count == 2)
  }

  @Test func redirectsAreFollowed() throws {
    let server = LoopbackServer { [file = publication.file] request in
      request.path.hasPrefix("/moved")
        ? LoopbackServer.response(to: request, file: file)
        : LoopbackServer.Response(302, headers: ["Location: /moved", "ETag: \"redirect\""], body: [1, 2, 3])
    }
    try expectWhole(try cache.pull(publication, from: server))
  }

  @Test func twoAtOnceDownloadOnce() throws {
    let server = LoopbackServer { [file = publication.file] request in
      // Long enough for the other to find the lock taken.
      usleep(200_000)
      return LoopbackServer.response(to: request, file: file)
    }
    let outcomes = Mutex<[Result<PullReport, PullError>]>([])
    DispatchQueue.concurrentPerform(iterations: 4) { [publication, cache] _ in
      let outcome = Result { () throws(PullError) in try cache.pull(publication, from: server) }
      outcomes.withLock { $0.append(outcome) }
    }
    let reports = try outcomes.withLock { $0 }.map { try $0.get() }
    #expect(reports.filter { !$0.wasCached }.count == 1)
    try expectWhole(reports[0])
    #expect(server.requests.count == 1)
  }
}
