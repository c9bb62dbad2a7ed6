import ModelDescriptor

/// Longest side that an image may have after resizing: time can be proportional to it, though only the network's window
/// is computed.
let resizedSideLimit = 1 << 26

/// The resizing of an image of one size, and the part of the result that the network sees.
struct ImageGeometry: Equatable {
  /// Size after resizing.
  var resizedWidth: Int
  var resizedHeight: Int
  /// The network's window in the resized image's coordinates; it may reach beyond the image on any side.
  var window: PixelRegion

  /// Follows torchvision's `Resize`, `CenterCrop` and `FiveCrop`, and timm's crop modes.
  init(width: Int, height: Int, record: Preprocessing, view: ImageView = .center) {
    let outputHeight = record.inputSize[1]
    let outputWidth = record.inputSize[2]
    (resizedWidth, resizedHeight) = Self.resizedSize(width: width, height: height, record: record)
    let center = PixelRegion(
      columns: Self.centered(outputWidth, in: resizedWidth),
      rows: Self.centered(outputHeight, in: resizedHeight))
    window = view.window(center: center, width: resizedWidth, height: resizedHeight)
  }

  /// The part of the window that the image covers, in the resized image's coordinates. It is never empty.
  var visible: PixelRegion {
    PixelRegion(
      columns: window.columns.clamped(to: 0..<resizedWidth), rows: window.rows.clamped(to: 0..<resizedHeight))
  }

  private static func resizedSize(width: Int, height: Int, record: Preprocessing) -> (Int, Int) {
    guard let side = record.resize else {
      return record.crop == nil ? (record.inputSize[2], record.inputSize[1]) : (width, height)
    }
    switch record.cropMode {
    case .squash:
      return (side, side)
    case .center:
      // Python's int(side * long / short): one correctly rounded division, cut off.
      return width <= height
        ? (side, Int(Double(side * height) / Double(width)))
        : (Int(Double(side * width) / Double(height)), side)
    case .border:
      let ratio = max(Double(height) / Double(side), Double(width) / Double(side))
      func scaled(_ length: Int) -> Int {
        max(Int((Double(length) / ratio).rounded(.toNearestOrEven)), 1)
      }
      return (scaled(width), scaled(height))
    }
  }

  /// Where a window of `length` lies in an axis of `size`: padded half on either side, or cut with Python's `round`.
  private static func centered(_ length: Int, in size: Int) -> Range<Int> {
    let start =
      length > size
      ? -((length - size) / 2)
      : Int((Double(size - length) / 2).rounded(.toNearestOrEven))
    return start..<start + length
  }
}
