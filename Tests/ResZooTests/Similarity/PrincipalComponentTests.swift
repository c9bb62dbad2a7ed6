import Foundation
import ResZoo
import Testing

/// Against NumPy: tools/fixtures/make_similarity_fixtures.py wrote Fixtures/principal-components.json.
@Suite struct PrincipalComponentTests {
  private struct Fixture: Decodable {
    var rows: [[Float]]
    var mean: [Double]
    var variances: [Double]
    var directions: [[Double]]
    var places: [[Double]]
  }

  private static func fixture() throws -> Fixture {
    let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    let file = folder.appending(path: "Fixtures/principal-components.json")
    return try JSONDecoder().decode(Fixture.self, from: Data(contentsOf: file))
  }

  @Test(arguments: [1, 3]) func directionsAndVariancesAreThoseOfNumPy(threads: Int) throws {
    let fixture = try Self.fixture()
    let table = try SampleEmbeddings.table(fixture.rows)
    let components = try PrincipalComponents(of: table, count: 9, threads: threads)
    for (one, other) in zip(components.mean, fixture.mean) { #expect(abs(one - other) < 1e-12) }
    // Products of single precision, of the greatest variance.
    let bound = 1e-6 * fixture.variances[0]
    #expect(components.directions.count == 9)
    for (one, other) in zip(components.variances, fixture.variances) { #expect(abs(one - other) < bound) }
    #expect(abs(components.totalVariance - fixture.variances.reduce(0, +)) < bound)
    for (number, direction) in fixture.directions.enumerated().prefix(4) {
      for (one, other) in zip(components.directions[number], direction) { #expect(abs(one - other) < 1e-4) }
    }
    let two = try PrincipalComponents(of: table, count: 2, threads: threads)
    for (place, other) in zip(two.places(of: table), fixture.places) {
      #expect(place.count == 2)
      for (one, other) in zip(place, other) { #expect(abs(one - other) < 1e-5) }
    }
  }

  /// The covariance is the same bits; the last digits of the directions depend on the library's threads.
  @Test func oneThreadGivesWhatSeveralGive() throws {
    // Several tasks, and more than one block of rows.
    let table = try SampleEmbeddings.table(SampleEmbeddings.rows(530, width: 70))
    let alone = try PrincipalComponents(of: table, count: 1, threads: 1)
    let several = try PrincipalComponents(of: table, count: 1, threads: 3)
    #expect(alone.totalVariance == several.totalVariance)
    let variance = alone.places(of: table).reduce(0) { $0 + $1[0] * $1[0] } / 529
    #expect(abs(variance - alone.variances[0]) < 1e-5 * variance)
  }

  @Test func tooFewOrTooWideEmbeddingsAreRefused() throws {
    for (rows, code) in [
      (SampleEmbeddings.rows(1, width: 3), SimilarityError.Code.noImages),
      (SampleEmbeddings.rows(2, width: PrincipalComponents.widthLimit + 1), .tooLarge),
    ] {
      let error = #expect(throws: SimilarityError.self) {
        try PrincipalComponents(of: SampleEmbeddings.table(rows), count: 2)
      }
      #expect(error?.code == code)
    }
    // Of equal embeddings no direction has a variance.
    let equal = try PrincipalComponents(
      of: SampleEmbeddings.table(Array(repeating: [1, 2, 3], count: 4)), count: 2)
    #expect(equal.variances.allSatisfy { $0 < 1e-12 } && equal.directions.count == 2)
  }
}
