/// How one picture's output is cut into tasks: runs of pixels, each for a run of channels.
///
/// The cut follows from the shape alone, never from the batch or the number of threads: this is why a picture's result
/// does not depend on them.
struct Tiles: Hashable, Sendable {
  let pixels: Int
  let channels: Int
  let pixelsPerTile: Int
  let channelsPerTile: Int

  /// Tiles for a matrix product of [pixels, depth] and [depth, channels].
  ///
  /// A tile wants enough pixels to be worth the packing of its weights, and each picture several tiles, so that
  /// the workers find something to do at batch 1.
  init(pixels: Int, channels: Int, depth: Int) {
    let pixelGoal = max(Self.pixelsAtLeast, min(Self.pixelsAtMost, Self.scratchGoal / depth))
    let pixelTiles = (pixels + pixelGoal - 1) / pixelGoal
    let pixelsPerTile = (pixels + pixelTiles - 1) / pixelTiles
    let wanted = (Self.tilesAtLeast + pixelTiles - 1) / pixelTiles
    let channelTiles = max(1, min(wanted, channels / Self.channelsAtLeast))
    self.init(
      pixels: pixels, channels: channels, pixelsPerTile: pixelsPerTile,
      channelsPerTile: (channels + channelTiles - 1) / channelTiles)
  }

  /// Tiles of whole output rows with all channels.
  init(rowsOf window: Window, channels: Int) {
    let rows = max(1, min(window.outputHeight, Self.rowPixels / window.outputWidth))
    self.init(
      pixels: window.outputPixels, channels: channels, pixelsPerTile: rows * window.outputWidth,
      channelsPerTile: channels)
  }

  private init(pixels: Int, channels: Int, pixelsPerTile: Int, channelsPerTile: Int) {
    self.pixels = pixels
    self.channels = channels
    self.pixelsPerTile = pixelsPerTile
    self.channelsPerTile = channelsPerTile
  }

  private static let rowPixels = 256
  private static let pixelsAtLeast = 196
  private static let pixelsAtMost = 512
  private static let channelsAtLeast = 64
  private static let tilesAtLeast = 4
  /// Floats of an im2col tile that stay in the second-level cache.
  private static let scratchGoal = 1 << 17

  private var channelTiles: Int { (channels + channelsPerTile - 1) / channelsPerTile }
  var count: Int { (pixels + pixelsPerTile - 1) / pixelsPerTile * channelTiles }

  /// The pixels and channels of a tile. Tiles of the same pixels follow each other.
  func ranges(of tile: Int) -> (pixels: Range<Int>, channels: Range<Int>) {
    let firstPixel = tile / channelTiles * pixelsPerTile
    let firstChannel = tile % channelTiles * channelsPerTile
    return (
      firstPixel..<min(firstPixel + pixelsPerTile, pixels),
      firstChannel..<min(firstChannel + channelsPerTile, channels)
    )
  }
}
