import ResZoo
import TestSupport
import Testing

@Suite struct EmbeddingTableTests {
  /// The plain answer: every row compared, in double precision, the nearest first.
  private static func plain(_ query: [Float], among rows: [[Float]]) -> [(index: Int, similarity: Double)] {
    func product(_ a: [Float], _ b: [Float]) -> Double {
      zip(a, b).reduce(0) { $0 + Double($1.0) * Double($1.1) }
    }
    func cosine(_ row: [Float]) -> Double {
      let lengths = (product(query, query) * product(row, row)).squareRoot()
      return lengths > 0 ? product(query, row) / lengths : 0
    }
    return rows.enumerated().map { ($0, cosine($1)) }.sorted {
      ($1.similarity, $0.index) < ($0.similarity, $1.index)
    }
  }

  @Test(arguments: [(1, 3), (7, 1), (300, 20), (2500, 64)], [1, 3])
  func theNearestAreThoseOfPlainLoops(extents: (rows: Int, width: Int), threads: Int) throws {
    let rows = SampleEmbeddings.rows(extents.rows, width: extents.width)
    let table = try SampleEmbeddings.table(rows)
    for query in SampleEmbeddings.rows(3, width: extents.width, seed: 9) + [rows[0]] {
      let want = Self.plain(query, among: rows)
      let found = try table.nearest(to: query, count: 5, threads: threads)
      #expect(found.map(\.index) == want.prefix(5).map(\.index))
      for (one, other) in zip(found, want) {
        // Rows are rounded to single precision when they are scaled.
        #expect(abs(Double(one.similarity) - other.similarity) < 4e-7)
      }
    }
  }

  @Test func theAnswerHasNoMoreThanThereIs() throws {
    let table = try SampleEmbeddings.table(SampleEmbeddings.rows(4, width: 6))
    let query = SampleEmbeddings.rows(1, width: 6, seed: 3)[0]
    #expect(try table.nearest(to: query, count: 100).count == 4)
    #expect(try table.nearest(to: query, count: 0).isEmpty)
    #expect(try table.nearestOfEach(count: 100).map(\.count) == [3, 3, 3, 3])
  }

  @Test func ofEqualImagesTheFirstComeFirst() throws {
    // The first kind are one block of rows, the second several. Their places in the library's tiles differ, and so may their products.
    for (count, width) in [(203, 20), (37, 16384)] {
      let row = SampleEmbeddings.rows(1, width: width)[0]
      let table = try SampleEmbeddings.table(Array(repeating: row, count: count))
      let found = try table.nearest(to: row, count: 7, threads: 2)
      #expect(found.map(\.index) == Array(0..<7))
      #expect(found.allSatisfy { $0.similarity == 1 })
      #expect(try table.nearestOfEach(count: 2)[1].map(\.index) == [0, 2])
      let pairs = try table.pairs(atLeast: 1, limit: 3)
      #expect(pairs.total == count * (count - 1) / 2)
      #expect(pairs.pairs.map { [$0.first, $0.second] } == [[0, 1], [0, 2], [0, 3]])
    }
  }

  @Test func theNeighboursOfEachAreOtherRows() throws {
    let rows = SampleEmbeddings.rows(700, width: 24)
    let table = try SampleEmbeddings.table(rows)
    let alone = try table.nearestOfEach(count: 4, threads: 1)
    #expect(try table.nearestOfEach(count: 4, threads: 4) == alone)
    for index in stride(from: 0, to: 700, by: 37) {
      let want = Self.plain(rows[index], among: rows).filter { $0.index != index }
      #expect(alone[index].map(\.index) == want.prefix(4).map(\.index))
    }
  }

  @Test func pairsAreAllThoseAboveTheThreshold() throws {
    let rows = SampleEmbeddings.rows(400, width: 8)
    let table = try SampleEmbeddings.table(rows)
    var want: [[Int]] = []
    for (first, row) in rows.enumerated() {
      for other in Self.plain(row, among: rows) where other.index > first && other.similarity >= 0.8 {
        want.append([first, other.index])
      }
    }
    let pairs = try table.pairs(atLeast: 0.8)
    #expect(pairs.total == want.count && pairs.pairs.count == want.count && want.count > 50)
    #expect(Set(pairs.pairs.map { [$0.first, $0.second] }) == Set(want))
    #expect(pairs.pairs == pairs.pairs.sorted())
    // Fewer are the most similar of them, and the rest is counted.
    let few = try table.pairs(atLeast: 0.8, limit: 10, threads: 3)
    #expect(few.pairs == Array(pairs.pairs.prefix(10)) && few.total == pairs.total)
  }

  @Test func anImageOfZerosIsLikeNoOther() throws {
    let table = try SampleEmbeddings.table([[1, 0], [0, 0], [-1, 0], [0.6, 0.8]])
    #expect(try table.nearest(to: [2, 0], count: 4).map(\.index) == [0, 3, 1, 2])
    #expect(try table.nearest(to: [2, 0], count: 4).map(\.similarity) == [1, 0.6, 0, -1])
    #expect(try table.nearest(to: [0, 0], count: 2).map(\.similarity) == [0, 0])
  }

  @Test func whatIsNotFiniteOrOfAnotherWidthIsRefused() throws {
    #expect(throws: SimilarityError.self) { try SampleEmbeddings.table([[1, .nan]]) }
    #expect(throws: SimilarityError.self) { try SampleEmbeddings.table([[1, 2], [.infinity, 0]]) }
    let table = try SampleEmbeddings.table([[1, 2]])
    let faults: [([Float], SimilarityError.Code)] = [([1, 2, 3], .otherWidth), ([1, .nan], .notFinite)]
    for (query, code) in faults {
      let error = #expect(throws: SimilarityError.self) { try table.nearest(to: query, count: 1) }
      #expect(error?.code == code)
    }
  }

  @Test func imagesThatCannotBeReadAreReportedAndLeftOut() throws {
    let model = try sampleModel()
    let missing = TemporaryFolder().file("none.png")
    let paths = SampleImages.sound.map(SampleImages.path)
    let images = [paths[0], missing, paths[1], paths[0]].map { ImageSource.file(path: $0) }
    var seen: [(String, Bool)] = []
    let extractor = try FeatureExtractor(model)
    let table = try EmbeddingTable(of: images, by: extractor) { result in
      seen.append((result.input, (try? result.outcome.get()) != nil))
    }
    #expect(seen.map(\.0) == images.map(\.path) && seen.map(\.1) == [true, false, true, true])
    #expect(table.names == [paths[0], paths[1], paths[0]] && table.positions == [0, 2, 3])
    #expect(table.width == 64)
    let features = try extractor.features(of: paths[0])
    let query = (0..<64).map { features.floats[$0] }
    // The embedding of the same image is of the same direction.
    #expect(try table.nearest(to: query, count: 2).map(\.index) == [0, 2])
    #expect(try table.pairs(atLeast: 1).pairs.map { [$0.first, $0.second] } == [[0, 2]])
  }

  @Test func mapsAreNotCompared() throws {
    let extractor = try FeatureExtractor(try sampleModel(), node: "layer2")
    let error = #expect(throws: SimilarityError.self) { try EmbeddingTable(of: [], by: extractor) }
    #expect(error?.code == .notVectors)
  }
}

/// Embeddings that are the same in every run.
enum SampleEmbeddings {
  static func rows(_ count: Int, width: Int, seed: UInt64 = 1) -> [[Float]] {
    var state = seed
    return (0..<count).map { _ in
      (0..<width).map { _ in
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return Float(Int32(truncatingIfNeeded: state >> 32)) / Float(Int32.max)
      }
    }
  }

  static func table(_ rows: [[Float]]) throws -> EmbeddingTable {
    let tensor = Tensor(shape: [rows.count, rows.first?.count ?? 0], floats: rows.flatMap(\.self))
    return try EmbeddingTable(tensor, names: rows.indices.map { "\($0).png" })
  }
}
