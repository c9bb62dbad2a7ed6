import Platform
import TensorCore

/// Rectangles as torchvision draws them: a share of the area and a ratio whose logarithm is uniform, at most ten times
/// until one fits.
enum RandomRegions {
  /// The part of an image that `RandomResizedCrop` takes: the centre of the nearest allowed ratio when nothing fits.
  static func crop(
    width: Int, height: Int, scale: ClosedRange<Double>, ratio: ClosedRange<Double>,
    random: inout SplitMix64
  ) -> PixelRegion {
    for _ in 0..<10 {
      let (columns, rows) = draw(width: width, height: height, scale: scale, ratio: ratio, random: &random)
      if columns > 0, columns <= width, rows > 0, rows <= height {
        return place(columns: columns, rows: rows, width: width, height: height, random: &random)
      }
    }
    var (columns, rows) = (width, height)
    let own = Double(width) / Double(height)
    if own < ratio.lowerBound {
      rows = min(max(rounded(Double(width) / ratio.lowerBound), 1), height)
    } else if own > ratio.upperBound {
      columns = min(max(rounded(Double(height) * ratio.upperBound), 1), width)
    }
    let left = (width - columns) / 2
    let top = (height - rows) / 2
    return PixelRegion(columns: left..<left + columns, rows: top..<top + rows)
  }

  /// The part of an image that `RandomErasing` erases: 2 % to 33 % of the area, and nothing when none fits.
  static func erasure(width: Int, height: Int, random: inout SplitMix64) -> PixelRegion? {
    for _ in 0..<10 {
      // torchvision's ratio here is of the height to the width.
      let (rows, columns) = draw(
        width: width, height: height, scale: 0.02...0.33, ratio: 0.3...3.3, random: &random)
      if columns < width, rows < height {
        return place(columns: columns, rows: rows, width: width, height: height, random: &random)
      }
    }
    return nil
  }

  /// Two sides whose product is a share of the area; the first over the second is within the ratio.
  private static func draw(
    width: Int, height: Int, scale: ClosedRange<Double>, ratio: ClosedRange<Double>,
    random: inout SplitMix64
  ) -> (Int, Int) {
    let area = Double(width * height) * random.next(in: scale)
    let aspect = exp(random.next(in: log(ratio.lowerBound)...log(ratio.upperBound)))
    return (rounded((area * aspect).squareRoot()), rounded((area / aspect).squareRoot()))
  }

  private static func place(
    columns: Int, rows: Int, width: Int, height: Int, random: inout SplitMix64
  ) -> PixelRegion {
    let top = random.next(below: height - rows + 1)
    let left = random.next(below: width - columns + 1)
    return PixelRegion(columns: left..<left + columns, rows: top..<top + rows)
  }

  /// Python's `round`.
  private static func rounded(_ value: Double) -> Int { Int(value.rounded(.toNearestOrEven)) }
}
