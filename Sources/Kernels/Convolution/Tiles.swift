import CKernels

/// The cut of one image's output into tasks: runs of pixels, each for a run of panels of output channels.
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
  /// - Parameter channels: floats that a tile reads for each pixel.
  init(pixels: Int, panels: Int, channels: Int) {
    let goal = max(Self.pixelsAtLeast, min(Self.pixelsAtMost, Self.floatsOfTile / max(1, channels)))
    let pixelTiles = (pixels + goal - 1) / goal
    let perTile = (pixels + pixelTiles - 1) / pixelTiles
    let panelTiles = min(panels, (Self.tilesAtLeast + pixelTiles - 1) / pixelTiles)
    self.init(
      pixels: pixels, panels: panels, pixelsPerTile: (perTile + Self.rows - 1) / Self.rows * Self.rows,
      panelsPerTile: (panels + panelTiles - 1) / panelTiles)
  }

  /// Tiles for products over a convolution's output.
  ///
  /// - Parameter panels: pieces of the output channels that the kernel may take apart.
  init(_ geometry: ConvolutionGeometry, panels: Int) {
    let window = geometry.window
    self.init(
      pixels: window.outputPixels, panels: panels,
      channels: geometry.groupInputs * window.stride * window.stride)
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

  /// Pixels that a product kernel computes at once.
  private static let rows = Int(RZ_ROWS)

  // The product, rows and grouped lines of `reszoo bench MODEL --plan`, at batch 1 and 8, measure the constants below.

  /// Pixels of a tile without products: enough that a task's start costs nothing beside it.
  private static let rowPixels = 256
  /// 8 kernel tiles of 6 pixels: fewer, and loading a panel into the first-level cache costs more than it is used.
  private static let pixelsAtLeast = 48
  /// Pixels of the largest tile for products; whole tiles of a kernel. The pointers of a 3×3 window, 14 KiB, leave room in the
  /// first-level cache.
  static let pixelsAtMost = 192
  /// Tiles of an image, so that about as many processors share it at batch 1.
  private static let tilesAtLeast = 8
  /// 256 KiB of input: with a panel's part of up to 576 KiB (RZ_DEPTH products of 64 channels) less than the 1 MiB of a
  /// second-level cache.
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

  /// The output channels of a tile without groups.
  func channels(of tile: Int, panelWidth: Int, outputChannels: Int) -> Range<Int> {
    let panels = ranges(of: tile).panels
    return panels.lowerBound * panelWidth..<min(panels.upperBound * panelWidth, outputChannels)
  }

  /// The pixels and panels of a tile, as the kernels take them.
  func part(_ tile: Int) -> rz_part {
    let (pixels, panels) = ranges(of: tile)
    return rz_part(
      first_pixel: pixels.lowerBound, pixels: pixels.count, first_panel: panels.lowerBound,
      panels: panels.count)
  }
}
