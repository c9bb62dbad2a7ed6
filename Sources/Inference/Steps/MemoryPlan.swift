/// The place of each feature map in one arena: maps that are never needed at once share memory.
package struct MemoryPlan: Hashable {
  /// A feature map and the steps between which it must be kept, both included.
  package struct Region: Hashable {
    package var floats: Int
    package var firstStep: Int
    package var lastStep: Int

    package init(floats: Int, firstStep: Int, lastStep: Int) {
      self.floats = floats
      self.firstStep = firstStep
      self.lastStep = lastStep
    }
  }

  /// The beginning of each region, in floats; all are multiples of ``alignment``.
  package let offsets: [Int]
  /// The arena's size in floats, for one image.
  package let floatCount: Int

  /// Floats in 64 bytes.
  static let alignment = 16

  /// Places regions one by one, the largest first, each at the lowest offset that is free during its life.
  ///
  /// - Complexity: O(n² log n) for n regions.
  package init(_ regions: [Region]) {
    var offsets = Array(repeating: 0, count: regions.count)
    var placed: [Int] = []
    var end = 0
    let order = regions.indices.sorted {
      (regions[$1].floats, $0) < (regions[$0].floats, $1)
    }
    for index in order {
      let region = regions[index]
      let busy = placed.filter {
        regions[$0].firstStep <= region.lastStep && region.firstStep <= regions[$0].lastStep
      }.sorted { offsets[$0] < offsets[$1] }
      var offset = 0
      for other in busy {
        if offset + Self.padded(region.floats) <= offsets[other] { break }
        offset = max(offset, offsets[other] + Self.padded(regions[other].floats))
      }
      offsets[index] = offset
      placed.append(index)
      end = max(end, offset + Self.padded(region.floats))
    }
    self.offsets = offsets
    floatCount = end
  }

  package static func padded(_ floats: Int) -> Int {
    (floats + alignment - 1) / alignment * alignment
  }
}
