/// How one image's output is cut into tasks: runs of pixels, each for a run of panels of output channels.
struct Tiles: Hashable, Sendable {
  let pixels: Int
  let panels: Int
  let pixelsPerTile: Int
  let panelsPerTile: Int

  /// Tiles for products of pixels with panels of weights.
  ///
  /// A tile's pixels and a panel stay in the second-level cache, and each image has several tiles, so that the
  /// workers find something to do at batch 1.
  ///
  /// - Parameters:
  ///   - channels: floats that a tile reads for each pixel.
  ///   - rows: pixels that a kernel computes at once.
  init(pixels: Int, panels: Int, channels: Int, rows: Int) {
    let goal = max(Self.pixelsAtLeast, min(Self.pixelsAtMost, Self.floatsOfTile / max(1, channels)))
    let pixelTiles = (pixels + goal - 1) / goal
    let perTile = (pixels + pixelTiles - 1) / pixelTiles
    let panelTiles = min(panels, (Self.tilesAtLeast + pixelTiles - 1) / pixelTiles)
    self.init(
      pixels: pixels, panels: panels, pixelsPerTile: (perTile + rows - 1) / rows * rows,
      panelsPerTile: (panels + panelTiles - 1) / panelTiles)
  }

  /// Tiles of whole output rows with all channels.
  init(rowsOf window: Window) {
    let rows = max(1, min(window.outputHeight, Self.rowPixels / window.outputWidth))
    self.init(
      pixels: window.outputPixels, panels: 1, pixelsPerTile: rows * window.outputWidth, panelsPerTile: 1)
  }

  private init(pixels: Int, panels: Int, pixelsPerTile: Int, panelsPerTile: Int) {
    self.pixels = pixels
    self.panels = panels
    self.pixelsPerTile = pixelsPerTile
    self.panelsPerTile = panelsPerTile
  }

  private static let rowPixels = 256
  private static let pixelsAtLeast = 48
  /// Pixels of the largest tile for products; whole tiles of a kernel.
  static let pixelsAtMost = 192
  private static let tilesAtLeast = 8
  private static let floatsOfTile = 1 << 16

  private var panelTiles: Int { (panels + panelsPerTile - 1) / panelsPerTile }
  var count: Int { (pixels + pixelsPerTile - 1) / pixelsPerTile * panelTiles }

  /// The pixels and panels of a tile. Tiles of the same pixels follow each other.
  func ranges(of tile: Int) -> (pixels: Range<Int>, panels: Range<Int>) {
    let firstPixel = tile / panelTiles * pixelsPerTile
    let firstPanel = tile % panelTiles * panelsPerTile
    return (
      firstPixel..<min(firstPixel + pixelsPerTile, pixels),
      firstPanel..<min(firstPanel + panelsPerTile, panels)
    )
  }
}
