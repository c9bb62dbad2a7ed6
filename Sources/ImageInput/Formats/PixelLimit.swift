import Synchronization

/// The most pixels of an image that this process decodes.
package enum PixelLimit {
  /// Where Pillow takes an image for a decompression bomb.
  static let usual = 2 * 89_478_485
  private static let lowered = Atomic<Int>(usual)

  /// The limit now.
  static var current: Int { lowered.load(ordering: .relaxed) }

  /// Lowers the limit for the rest of the process, as a server does whose images come from strangers.
  package static func lower(to count: Int) {
    lowered.store(min(max(1, count), usual), ordering: .relaxed)
  }
}
