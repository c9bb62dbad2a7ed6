import Testing

@testable import ResZoo

/// Conclusions from made-up errors, whatever they are.
@Suite struct StudyDifferenceTests {
  private func difference(
    _ first: [Double], _ second: [Double], images: Int = 50_000
  ) throws -> StudyDifference {
    func bySeed(_ errors: [Double]) -> [UInt64: Double] {
      Dictionary(uniqueKeysWithValues: errors.enumerated().map { (UInt64($0), $1) })
    }
    return try #require(
      StudyDifference(
        .training, first: "shallow", bySeed(first), second: "deep", bySeed(second), images: images))
  }

  @Test func `a deeper network that is worse with every seed shows degradation`() throws {
    let shown = try difference([0.10, 0.11, 0.12], [0.15, 0.17, 0.16])
    #expect(shown.verdict == .more)
    #expect(
      shown.sentence
        == "deep ends with more training error than shallow: 16.0 % against 11.0 %, 5.0 points more, with 3 of 3 seeds."
    )
    let text = TrainingStudyResult.onDegradation([shown])
    #expect(
      text.hasPrefix("Degradation, more training error of a deeper network, shows from shallow to deep. "))
  }

  @Test func `a deeper network that is better shows none`() throws {
    let better = try difference([0.2], [0.1])
    #expect(better.verdict == .less)
    #expect(better.sentence.contains("10.0 points less, with the one seed"))
    #expect(TrainingStudyResult.onDegradation([better]).contains("does not show from shallow to deep. "))
  }

  @Test func `seeds that contradict each other show nothing`() throws {
    let mixed = try difference([0.10, 0.30], [0.40, 0.29])
    #expect(mixed.verdict == .unclear)
    #expect(mixed.sentence.contains("more in 1 and less in 1 of 2 seeds"))
  }

  @Test func `a difference within chance shows nothing`() throws {
    #expect(try difference([0.30], [0.32], images: 500).verdict == .unclear)
    #expect(try difference([0.30], [0.32], images: 50_000).verdict == .more)
    #expect(try difference([0.30], [0.32], images: 500).sentence.contains("chance in 500 images explains"))
    #expect(try difference([0.25], [0.25]).verdict == .unclear)
    #expect(try difference([0], [0]).verdict == .unclear)
  }

  @Test func `kinds of networks are told apart in the conclusion`() throws {
    let shown = try difference([0.1], [0.2])
    let hidden = try difference([0.2], [0.1])
    let text = TrainingStudyResult.onDegradation([shown, hidden])
    #expect(text.contains("shows from shallow to deep, and does not show from shallow to deep. "))
  }

  @Test func `only seeds of both networks are compared`() throws {
    let one = try #require(
      StudyDifference(.test, first: "a", [0: 0.1, 1: 0.2], second: "b", [1: 0.5, 2: 0.9], images: 10))
    #expect(one.seeds == 1 && one.firstMean == 0.2 && one.secondMean == 0.5)
    #expect(StudyDifference(.test, first: "a", [0: 0.1], second: "b", [1: 0.5], images: 10) == nil)
  }
}
