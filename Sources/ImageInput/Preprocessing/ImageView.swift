package import ModelDescriptor

/// A part of a resized image that a network is shown, as it is or mirrored.
package struct ImageView: Hashable, Sendable {
  /// A place of the network's window on the resized image.
  enum Place: Hashable, Sendable {
    case center
    /// A corner: false for left and top, true for right and bottom.
    case corner(right: Bool, bottom: Bool)
  }

  /// A thing that is mirrored, left and right.
  enum Mirror: Hashable, Sendable {
    /// Nothing.
    case none
    /// The image, before the window is placed on it.
    case image
    /// The window.
    case window
  }

  let place: Place
  let mirror: Mirror

  /// The view that preprocessing says.
  package static let center = ImageView(place: .center, mirror: .none)

  /// The window in the coordinates of the resized image, before it is mirrored.
  ///
  /// - Parameter center: the window at the centre.
  func window(center: PixelRegion, width: Int, height: Int) -> PixelRegion {
    var columns = center.columns
    var rows = center.rows
    if case .corner(let right, let bottom) = place {
      let left = right != (mirror == .image) ? width - columns.count : 0
      let top = bottom ? height - rows.count : 0
      columns = left..<left + columns.count
      rows = top..<top + rows.count
    } else if mirror == .image {
      columns = width - columns.upperBound..<width - columns.lowerBound
    }
    return PixelRegion(columns: columns, rows: rows)
  }
}

/// The views of an image whose probabilities are averaged at test time.
public enum TestTimeAugmentation: String, Hashable, Sendable, CaseIterable {
  /// The network's input and its mirror image.
  case flip
  /// The four corners and the centre of the resized image, as torchvision's `FiveCrop`.
  case five
  /// Those, and the same of the mirrored image, as torchvision's `TenCrop`.
  case ten

  /// The views, the first of which is at the top left or the centre.
  package var views: [ImageView] {
    let corners: [ImageView.Place] = [
      .corner(right: false, bottom: false), .corner(right: true, bottom: false),
      .corner(right: false, bottom: true), .corner(right: true, bottom: true), .center,
    ]
    switch self {
    case .flip: return [.center, ImageView(place: .center, mirror: .window)]
    case .five: return corners.map { ImageView(place: $0, mirror: .none) }
    case .ten:
      return [.none, .image].flatMap { mirror in corners.map { ImageView(place: $0, mirror: mirror) } }
    }
  }

  /// The reason why images that are prepared in this way have no such views; nil where they have.
  package func obstacle(in record: Preprocessing) -> String? {
    guard self != .flip else { return nil }
    let subject =
      "\(self == .five ? "five" : "ten") crops need an image that is larger than the network's input"
    guard record.crop != nil else { return "\(subject), and the preprocessing crops nothing" }
    let input = (height: record.inputSize[1], width: record.inputSize[2])
    switch record.cropMode {
    case .border: return "\(subject), and the preprocessing shows the whole image within a border"
    case .center:
      guard let side = record.resize, side < max(input.height, input.width) else { return nil }
      return "\(subject), and the preprocessing resizes to \(side)"
    case .squash:
      guard let side = record.resize,
        side < max(input.height, input.width) || side == min(input.height, input.width)
      else { return nil }
      return "\(subject), and the preprocessing resizes to \(side)×\(side)"
    }
  }
}
