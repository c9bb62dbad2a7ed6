import Testing

@testable import Datasets

@Suite struct SampleTests {
  private func set(_ counts: [Int]) -> ImageSet {
    let labels = counts.indices.flatMap { [Int](repeating: $0, count: counts[$0]) }
    return ImageSet(
      sources: labels.indices.map { .file(path: "\($0)") }, labels: counts.indices.map { "\($0)" },
      labelOfSource: labels)
  }

  @Test func `a sample has the same number of each class`() {
    #expect(set([10, 20, 30]).sample(of: 9, seed: 0).countOfLabel == [3, 3, 3])
    #expect(set([10, 20, 30]).sample(of: 10, seed: 0).countOfLabel == [4, 3, 3])
    #expect(set([2, 20, 30]).sample(of: 20, seed: 0).countOfLabel == [2, 9, 9])
  }

  @Test func `the same seed chooses the same images, in their order`() {
    let whole = set([50, 50])
    let sample = whole.sample(of: 20, seed: 4)
    #expect(sample.sources == whole.sample(of: 20, seed: 4).sources)
    #expect(sample.sources != whole.sample(of: 20, seed: 5).sources)
    let numbers = sample.sources.compactMap { Int($0.path) }
    #expect(numbers == numbers.sorted() && Set(numbers).count == 20)
  }

  @Test func `a sample of all is the set`() {
    #expect(set([3, 4]).sample(of: 7, seed: 0).sources == set([3, 4]).sources)
    #expect(set([3, 4]).sample(of: 100, seed: 0).count == 7)
  }
}
