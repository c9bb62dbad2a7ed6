import ImageInput
import Synchronization
import TensorCore

/// Decoded pictures of a set in memory, so that they are decoded once and not in every epoch: for sets of small pictures.
///
/// When the set turns out to be too large, all is given back and nothing is kept from then on.
public final class PixelCache: Sendable {
  private struct Entry {
    var block: PixelBlock
    var offset: Int
    var raster: Raster
  }

  private struct State {
    var entries: [Entry?]
    var block: PixelBlock?
    var byteCount = 0
    var pictureCount = 0
  }

  /// Most bytes of pixels.
  private let byteLimit: Int
  /// nil in it once the set turned out to be too large.
  private let state: Mutex<State?>
  private let count: Int

  /// A cache without pictures.
  ///
  /// - Parameters:
  ///   - count: pictures of the set.
  ///   - byteLimit: most bytes of the whole set's pixels; 256 MB by default.
  public init(count: Int, byteLimit: Int = 256 << 20) {
    self.count = count
    self.byteLimit = byteLimit
    state = Mutex(State(entries: Array(repeating: nil, count: count)))
  }

  /// Pictures that are kept.
  public var pictureCount: Int { state.withLock { $0?.pictureCount ?? 0 } }

  /// A picture's pixels, and what keeps them.
  @unsafe struct Lease {
    let picture: AugmentedPreparer.Picture
    let owner: PixelBlock
  }

  func picture(_ index: Int) -> Lease? {
    guard let entry = state.withLock({ $0?.entries[index] }) else { return nil }
    let picture = unsafe AugmentedPreparer.Picture(
      pixels: entry.block.start + entry.offset, raster: entry.raster)
    return unsafe Lease(picture: picture, owner: entry.block)
  }

  func insert(_ index: Int, _ picture: AugmentedPreparer.Picture) {
    let raster = unsafe picture.raster
    let size = raster.byteCount + AugmentedPreparer.readableSlack
    state.withLock { state in
      guard var kept = state.take() else { return }
      if kept.entries[index] == nil {
        kept.byteCount += size
        kept.pictureCount += 1
        let isLarge = kept.pictureCount >= 16 && kept.byteCount / kept.pictureCount * count > 2 * byteLimit
        guard kept.byteCount <= byteLimit, !isLarge else { return }
        let (block, offset) = Self.place(size, &kept.block)
        unsafe (block.start + offset).update(from: picture.pixels, count: raster.byteCount)
        kept.entries[index] = Entry(block: block, offset: offset, raster: raster)
      }
      state = kept
    }
  }

  /// Room for a picture: in the last block, or in a new one.
  private static func place(_ size: Int, _ last: inout PixelBlock?) -> (PixelBlock, Int) {
    if let last, let offset = last.place(size) { return (last, offset) }
    let block = PixelBlock(byteCount: max(size, 1 << 20))
    last = block
    return (block, block.place(size) ?? 0)
  }
}

/// Memory that pictures lie in, one behind the other. Its owner fills it; a picture is read when it is whole.
@safe final class PixelBlock: @unchecked Sendable {
  private let memory: AlignedBuffer
  private var used = 0

  init(byteCount: Int) {
    memory = AlignedBuffer(byteCount: byteCount)
  }

  var start: UnsafeMutablePointer<UInt8> { unsafe memory.baseAddress.assumingMemoryBound(to: UInt8.self) }

  /// Takes the next bytes; nil when there are not enough.
  func place(_ size: Int) -> Int? {
    guard size <= memory.byteCount - used else { return nil }
    defer { used += size }
    return used
  }
}
