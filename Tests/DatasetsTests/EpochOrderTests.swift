import Datasets
import Messages
import Testing

struct EpochOrderTests {
  /// A set of so many images of each class, class by class.
  private func set(_ counts: [Int]) -> ImageSet {
    let labels = counts.enumerated().flatMap { Array(repeating: $0, count: $1) }
    return ImageSet(
      sources: labels.indices.map { .file(path: "\($0)") }, labels: counts.indices.map { "\($0)" },
      labelOfSource: labels)
  }

  @Test func sortedIsTheSetsOwnOrder() {
    #expect(EpochOrder.sorted.indices(of: set([2, 3]), seed: 5, epoch: 2) == [0, 1, 2, 3, 4])
  }

  @Test func shuffledTakesEachImageOnce() {
    let set = set([40, 60])
    let order = EpochOrder.shuffled.indices(of: set, seed: 5, epoch: 1)
    #expect(order.sorted() == Array(0..<100))
    #expect(order != Array(0..<100))
    #expect(order == EpochOrder.shuffled.indices(of: set, seed: 5, epoch: 1))
    #expect(order != EpochOrder.shuffled.indices(of: set, seed: 5, epoch: 2))
    #expect(order != EpochOrder.shuffled.indices(of: set, seed: 6, epoch: 1))
  }

  @Test func everyPlaceIsEquallyLikely() {
    // 6 orders of 3 images, 6000 epochs: each is expected 1000 times with a deviation of 29.
    var counts: [[Int]: Int] = [:]
    let set = set([1, 2])
    for epoch in 1...6000 {
      counts[EpochOrder.shuffled.indices(of: set, seed: 1, epoch: epoch), default: 0] += 1
    }
    #expect(counts.count == 6)
    #expect(counts.values.allSatisfy { abs($0 - 1000) < 150 }, "\(counts)")
  }

  @Test func balancedTakesEachClassEquallyOften() {
    let set = set([5, 0, 70, 25])
    let order = EpochOrder.balanced.indices(of: set, seed: 3, epoch: 1)
    #expect(order.count == 100)
    var ofClass: [Int: [Int]] = [:]
    for index in order { ofClass[set.labelOfSource[index], default: []].append(index) }
    #expect(ofClass.values.map(\.count).sorted() == [33, 33, 34])
    // None comes again before all others of its class came.
    for (label, indices) in ofClass {
      let times = Dictionary(grouping: indices) { $0 }.mapValues(\.count)
      let members = set.countOfLabel[label]
      #expect(times.values.max() == (indices.count + members - 1) / members)
      #expect((times.values.min() ?? 0) >= indices.count / members)
    }
    #expect(order == EpochOrder.balanced.indices(of: set, seed: 3, epoch: 1))
    #expect(order != EpochOrder.balanced.indices(of: set, seed: 3, epoch: 2))
  }

  // MARK: Splitting

  @Test func aSplitTakesItsShareOfEveryClass() throws {
    let set = set([10, 1, 2, 100])
    let (training, validation) = try set.split(validationShare: 0.2, seed: 1)
    #expect(validation.countOfLabel == [2, 0, 1, 20])
    #expect(training.countOfLabel == [8, 1, 1, 80])
    #expect(Set(training.sources).union(validation.sources).count == 113)
    let again = try set.split(validationShare: 0.2, seed: 1)
    #expect(again.validation.sources == validation.sources)
    #expect(try set.split(validationShare: 0.2, seed: 2).validation.sources != validation.sources)
    #expect(try set.split(validationShare: 0.999, seed: 2).training.countOfLabel == [1, 1, 1, 1])
  }

  @Test func aSplitLeavesTheSetsOrder() throws {
    let (training, validation) = try set([50, 50]).split(validationShare: 0.5, seed: 9)
    for part in [training, validation] {
      let numbers = part.sources.compactMap { Int($0.description) }
      #expect(numbers == numbers.sorted() && numbers.count == 50)
    }
  }

  @Test(arguments: [0, 1, -0.1, 1.5, Double.nan]) func otherSharesAreRefused(share: Double) {
    #expect(throws: DatasetError(.options, "")) { try set([5, 5]).split(validationShare: share, seed: 1) }
  }

  @Test func aSplitNeedsAClassOfTwo() {
    #expect(throws: DatasetError(.data, "")) { try set([1, 1, 1]).split(validationShare: 0.2, seed: 1) }
  }
}
