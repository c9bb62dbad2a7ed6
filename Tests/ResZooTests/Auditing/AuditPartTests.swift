import Testing

@testable import ImageInput
@testable import ResZoo

/// Groups, folds, copies: the parts of an audit that need no files.
@Suite struct AuditPartTests {
  @Test func `pairs that share an image are one group, and others are alone`() {
    var groups = ConnectedGroups(count: 7)
    groups.join(5, 2)
    groups.join(2, 6)
    groups.join(0, 1)
    #expect(groups.all() == [[0, 1], [2, 5, 6]])
    var none = ConnectedGroups(count: 3)
    #expect(none.all().isEmpty)
  }

  @Test func `folds have equal shares of each class, and copies are in one`() {
    let labels = (0..<103).map { $0 % 3 }
    let groups = [[0, 1, 2], [50, 99]]
    let folds = StratifiedFolds(labels: labels, groups: groups, count: 5, seed: 4)
    for group in groups { #expect(Set(group.map { folds.foldOfImage[$0] }).count == 1) }
    for label in 0..<3 {
      let counts = (0..<5).map { fold in
        labels.indices.count { labels[$0] == label && folds.foldOfImage[$0] == fold }
      }
      #expect(counts.max() ?? 0 <= (counts.min() ?? 0) + 1, "\(counts)")
    }
    #expect(
      folds.foldOfImage == StratifiedFolds(labels: labels, groups: groups, count: 5, seed: 4).foldOfImage)
    #expect(
      folds.foldOfImage != StratifiedFolds(labels: labels, groups: groups, count: 5, seed: 5).foldOfImage)
  }

  /// A miniature of a landscape of waves, of which the columns and rows before some are cut off.
  private func miniature(cutting: Float, phase: Float = 0) -> [UInt8] {
    (0..<1024).map { place in
      let (x, y) = (Float(place % 32), Float(place / 32))
      let (u, v) = ((x + 0.5) * (1 - cutting) + cutting * 32, (y + 0.5) * (1 - cutting) + cutting * 32)
      let wave = sine(u * 0.61 + phase) * sine(v * 0.37 + phase) + 0.6 * sine(u * 0.9 - v * 0.7 + 2 * phase)
      return UInt8(max(0, min(255, 127 + 70 * wave)))
    }
  }

  /// Bhaskara's approximation, which is smooth enough for a picture.
  private func sine(_ x: Float) -> Float {
    let turn = (x / 3.14159265).rounded(.down)
    let rest = x - turn * 3.14159265
    let value = 16 * rest * (3.14159265 - rest) / (49.348 - 4 * rest * (3.14159265 - rest))
    return turn.truncatingRemainder(dividingBy: 2) == 0 ? value : -value
  }

  @Test func `a crop is a copy, and another image is none`() {
    let whole = miniature(cutting: 0)
    #expect(CropComparison(whole, whole).correlation > 0.999)
    let crop = CropComparison(whole, miniature(cutting: 0.06))
    #expect(crop.areCopies, "\(crop)")
    let other = CropComparison(whole, miniature(cutting: 0, phase: 1.3))
    #expect(!other.areCopies, "\(other)")
    // All of one tone: no correlation at all.
    #expect(!CropComparison(Array(repeating: 9, count: 1024), Array(repeating: 9, count: 1024)).areCopies)
  }
}
