import ImageInput

/// Compares miniatures of images whatever small crop one of them is of the other.
///
/// The likeness of two images is the correlation of their luminance where they are aligned best, over windows of up to an eighth less in width and
/// height (normalized cross-correlation; Lewis 1995). Images that are alike in large areas alone, such as a bright sky over dark
/// ground, have a high one too; the correlation of what is left without the mean of each pixel's surroundings tells these from copies.
struct CropComparison {
  /// The pixels of each side that are compared.
  private static let side = 24
  private static let elements = side * side

  /// A window in units of an image's sides.
  struct Window: Hashable {
    var x: Float
    var y: Float
    var side: Float

    static let whole = Window(x: 0, y: 0, side: 1)

    /// Windows of some sizes, each at some places from one edge to the other.
    static func all(sides: [Float], places: [Float]) -> [Window] {
      [.whole]
        + sides.flatMap { side in
          places.flatMap { y in places.map { x in Window(x: (1 - side) * x, y: (1 - side) * y, side: side) } }
        }
    }
  }

  private static let windows = Window.all(
    sides: [0.975, 0.95, 0.925, 0.9, 0.875], places: [0, 0.25, 0.5, 0.75, 1])

  /// The correlation of the aligned images.
  private(set) var correlation: Float = -1
  /// The correlation of their details there.
  private(set) var detail: Float = -1

  /// Compares two images.
  ///
  /// - Parameters:
  ///   - first: a miniature of ``ImageMeasures``.
  ///   - second: another one.
  init(_ first: [UInt8], _ second: [UInt8]) {
    compare(windowsOf: first, with: second)
    compare(windowsOf: second, with: first)
  }

  /// The least correlations of copies, measured on images that were compressed, scaled and cropped, and on pairs of CIFAR's images that look
  /// alike (`tools/compare/compare_audit.py`).
  private static let least = (correlation: Float(0.9), detail: Float(0.6))

  /// True if the images are the same, up to a crop.
  var areCopies: Bool { correlation >= Self.least.correlation && detail >= Self.least.detail }

  /// The likeness of copies: 1 for the same pixels.
  var similarity: Double { Double(max(0, min(1, correlation))) }

  private mutating func compare(windowsOf larger: [UInt8], with whole: [UInt8]) {
    let target = Self.sample(whole, .whole, side: Self.side)
    let flat = Self.normalized(target)
    var best: (value: Float, window: [Float])?
    for window in Self.windows {
      let sampled = Self.sample(larger, window, side: Self.side)
      let value = Self.dot(Self.normalized(sampled), flat)
      if value > best?.value ?? correlation { best = (value, sampled) }
    }
    guard let best else { return }
    correlation = best.value
    detail = Self.dot(Self.normalized(Self.details(best.window)), Self.normalized(Self.details(target)))
  }

  /// The pixels of a window, linearly interpolated.
  ///
  /// - Parameter miniature: [side][side] of ``ImageMeasures/miniatureSide``.
  static func sample(_ miniature: [UInt8], _ window: Window, side: Int) -> [Float] {
    let source = ImageMeasures.miniatureSide
    func places(_ start: Float) -> [(first: Int, share: Float)] {
      (0..<side).map { index in
        let place = (start + (Float(index) + 0.5) / Float(side) * window.side) * Float(source) - 0.5
        let inside = min(max(place, 0), Float(source - 1))
        let first = min(Int(inside), source - 2)
        return (first, inside - Float(first))
      }
    }
    let (columns, rows) = (places(window.x), places(window.y))
    var pixels: [Float] = []
    pixels.reserveCapacity(side * side)
    for row in rows {
      let start = row.first * source
      for column in columns {
        let place = start + column.first
        let upper =
          Float(miniature[place]) * (1 - column.share) + Float(miniature[place + 1]) * column.share
        let lower =
          Float(miniature[place + source]) * (1 - column.share)
          + Float(miniature[place + source + 1]) * column.share
        pixels.append(upper * (1 - row.share) + lower * row.share)
      }
    }
    return pixels
  }

  /// The numbers less their mean, at a length of 1; zeros where all are equal.
  static func normalized(_ values: [Float]) -> [Float] {
    let mean = values.reduce(0, +) / Float(max(1, values.count))
    let centred = values.map { $0 - mean }
    let length = centred.reduce(0) { $0 + $1 * $1 }.squareRoot()
    return length < 1e-3 ? Array(repeating: 0, count: values.count) : centred.map { $0 / length }
  }

  private static func dot(_ first: [Float], _ second: [Float]) -> Float {
    var sums = SIMD8<Float>.zero
    for place in stride(from: 0, to: elements, by: 8) {
      let (a, b) = (vector(first, place), vector(second, place))
      sums += a * b
    }
    return sums.sum()
  }

  private static func vector(_ values: [Float], _ place: Int) -> SIMD8<Float> {
    SIMD8(
      values[place], values[place + 1], values[place + 2], values[place + 3], values[place + 4],
      values[place + 5], values[place + 6], values[place + 7])
  }

  /// Each pixel less the mean of the 3 by 3 around it; beyond an edge its pixels go on.
  private static func details(_ pixels: [Float]) -> [Float] {
    let side = Self.side
    return pixels.indices.map { place in
      let (row, column) = (place / side, place % side)
      var sum: Float = 0
      for y in row - 1...row + 1 {
        for x in column - 1...column + 1 {
          sum += pixels[min(max(y, 0), side - 1) * side + min(max(x, 0), side - 1)]
        }
      }
      return pixels[place] - sum / 9
    }
  }
}
