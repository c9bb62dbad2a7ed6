import ResZoo

/// The number of images without a result.
struct FailedImages {
  private(set) var count = 0
  /// True if all of them could not be read.
  private(set) var areUnreadable = true

  /// Adds those of an earlier run.
  mutating func add(earlier count: Int) { self.count += count }

  mutating func add(_ error: ImageError) {
    count += 1
    if error.code == .notFinite { areUnreadable = false }
  }
}
