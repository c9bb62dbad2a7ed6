import Foundation
import ResZoo
import TestSupport
import Testing

/// Indices of embeddings (spec/INDEX.md). tools/fixtures/make_similarity_fixtures.py wrote the files in Fixtures/index, and Fixtures/index.json with
/// what NumPy finds in the sound one.
@Suite struct EmbeddingIndexTests {
  private struct Fixture: Decodable {
    var names: [String]
    var query: [Float]
    var nearest: [Int]
    var similarities: [Double]
    var invalid: [String: String]
  }

  private static let fixtures = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().appending(path: "Fixtures")

  private static func path(_ name: String) -> String {
    fixtures.appending(path: "index/\(name).rzindex").path
  }

  private static func fixture() throws -> Fixture {
    try JSONDecoder().decode(
      Fixture.self, from: Data(contentsOf: fixtures.appending(path: "index.json")))
  }

  private static func origin() throws -> EmbeddingOrigin {
    try EmbeddingIndex(path: path("sound")).origin
  }

  @Test func anIndexOfAnotherWriterIsReadAndSearched() throws {
    let fixture = try Self.fixture()
    let index = try EmbeddingIndex(path: Self.path("sound"))
    try index.verify()
    #expect(index.count == 7 && index.width == 4)
    #expect(try (0..<7).map { try index.name(of: $0) } == fixture.names)
    #expect(index.origin.node == "avgpool" && index.origin.name == "sample")
    #expect(index.origin.preprocessing.inputSize == [3, 8, 8])
    for threads in [1, 2, 3] {
      let found = try index.nearest(to: fixture.query, count: 100, threads: threads)
      #expect(found.map(\.index) == fixture.nearest)
      for one in found {
        // The query is rounded to single precision when it is scaled.
        #expect(abs(Double(one.similarity) - fixture.similarities[one.index]) < 2e-7)
      }
      #expect(try index.nearest(to: fixture.query, count: 2, threads: threads) == Array(found.prefix(2)))
    }
  }

  @Test func whatIsDamagedIsRefusedWithItsCode() throws {
    let fixture = try Self.fixture()
    #expect(fixture.invalid.count > 30)
    for (name, code) in fixture.invalid {
      let error = #expect(throws: SimilarityError.self, "\(name)") {
        try EmbeddingIndex(path: Self.path(name)).verify()
      }
      #expect(error?.code.rawValue == code, "\(name): \(error.map { "\($0)" } ?? "")")
      #expect(error?.subject == Self.path(name))
    }
  }

  @Test func noByteChangesUnnoticedAndNoPartIsEnough() throws {
    let sound = readFile(Self.path("sound"))
    let folder = TemporaryFolder()
    for position in sound.indices {
      var bytes = sound
      bytes[position] ^= 1 << UInt8(position % 8)
      let path = folder.write(bytes, to: "changed.rzindex")
      #expect(throws: SimilarityError.self, "byte \(position)") { try EmbeddingIndex(path: path).verify() }
      let part = folder.write(Array(sound[..<position]), to: "part.rzindex")
      #expect(throws: SimilarityError.self, "\(position) bytes") { try EmbeddingIndex(path: part) }
    }
  }

  @Test func damagedRowsAreRefusedBySearches() throws {
    for name in ["changed-row", "not-a-number", "infinite", "long-row"] {
      let index = try EmbeddingIndex(path: Self.path(name))
      let error = #expect(throws: SimilarityError.self) { try index.nearest(to: [2, -3, 1, 0.5], count: 1) }
      #expect(error?.code == .damaged)
    }
  }

  @Test(arguments: [(1, 1), (130, 512), (515, 3), (5, 7000)])
  func whatIsWrittenIsFound(rows: Int, width: Int) throws {
    let table = try SampleEmbeddings.table(SampleEmbeddings.rows(rows, width: width))
    let folder = TemporaryFolder()
    let path = folder.file("x.rzindex")
    let summary = try EmbeddingIndex.write(path, table, origin: Self.origin())
    #expect(summary.count == rows && summary.width == width)
    #expect(summary.byteCount == readFile(path).count)
    let index = try EmbeddingIndex(path: path)
    try index.verify()
    #expect(index.origin == (try Self.origin()))
    #expect(try (0..<rows).map { try index.name(of: $0) } == table.names)
    let query = SampleEmbeddings.rows(1, width: width, seed: 5)[0]
    let found = try index.nearest(to: query, count: 9, threads: 1)
    #expect(try index.nearest(to: query, count: 9, threads: 3) == found)
    for (one, other) in zip(found, try table.nearest(to: query, count: 9)) {
      // A vector of length 1 is rounded to 11 bits: by 2^-12 of its length at most.
      #expect(abs(one.similarity - other.similarity) < 3e-4)
    }
    // A row itself is nearest to it.
    let own = try index.nearest(toEachOf: table, count: 1).map { $0[0] }
    #expect(own.map(\.index) == Array(0..<rows) && own.allSatisfy { $0.similarity > 0.9999 })
  }

  @Test func anIndexOfImagesIsTheirTable() throws {
    let model = try sampleModel()
    let extractor = try FeatureExtractor(model)
    let origin = try EmbeddingOrigin(model, extractor)
    let folder = TemporaryFolder()
    let images = (SampleImages.sound.map(SampleImages.path) + [folder.file("none.png")]).map {
      ImageSource.file(path: $0)
    }
    var failed = 0
    let summary = try EmbeddingIndex.build(folder.file("x"), of: images, by: extractor, origin: origin) {
      if case .failure = $0.outcome { failed += 1 }
    }
    #expect(failed == 1 && summary.count == SampleImages.sound.count)
    let table = try EmbeddingTable(of: images, by: extractor)
    _ = try EmbeddingIndex.write(folder.file("y"), table, origin: origin)
    #expect(readFile(folder.file("x")) == readFile(folder.file("y")))
    #expect(EmbeddingIndex.isIndex(path: folder.file("x")) && !EmbeddingIndex.isIndex(path: images[0].path))
    try EmbeddingIndex(path: folder.file("x")).requireComparable(with: origin)
  }

  @Test func anIndexOfAnotherOriginIsRefusedByName() throws {
    let model = try sampleModel()
    let folder = TemporaryFolder()
    let images = [ImageSource.file(path: SampleImages.path("photo.jpg"))]
    let extractor = try FeatureExtractor(model)
    _ = try EmbeddingIndex.build(
      folder.file("x"), of: images, by: extractor, origin: try EmbeddingOrigin(model, extractor))
    let index = try EmbeddingIndex(path: folder.file("x"))
    var architecture = try Architecture.preset(named: "small_resnet18", classes: 4)
    architecture.name = nil
    let others: [(Model, String?, Bool, String)] = [
      (try Model(untrained: architecture, labels: nil, seed: 3), nil, false, "another network"),
      (model, "layer3", false, "another node ('avgpool', and this is 'layer3"),
      (model, nil, true, "exif apply, and here ignore"),
    ]
    for (model, node, ignoresExif, words) in others {
      let other = try FeatureExtractor(
        model, node: node, pools: true, options: .init(ignoresExif: ignoresExif))
      let error = #expect(throws: SimilarityError.self) {
        try index.requireComparable(with: EmbeddingOrigin(model, other))
      }
      #expect(error?.code == .otherModel && error?.message.contains(words) == true, "\(words)")
    }
  }

  @Test func nothingIsWrittenWithoutImagesOrWithNamesThatAreTooLong() throws {
    let folder = TemporaryFolder()
    let path = folder.file("x.rzindex")
    for (rows, name, code) in [
      (0, "", SimilarityError.Code.noImages), (1, String(repeating: "é", count: 2049), .tooLarge),
    ] {
      let tensor = Tensor(shape: [rows, 2], floats: Array(repeating: 1, count: 2 * rows))
      let table = try EmbeddingTable(tensor, names: Array(repeating: name, count: rows))
      let error = #expect(throws: SimilarityError.self) {
        try EmbeddingIndex.write(path, table, origin: Self.origin())
      }
      #expect(error?.code == code)
      #expect(folder.names.isEmpty)
    }
    let error = #expect(throws: SimilarityError.self) { try EmbeddingIndex(path: path) }
    #expect(error?.code == .file)
    #expect(!EmbeddingIndex.isIndex(path: path))
  }
}
