import Platform

/// Figures of the luminance of an image's pixels.
struct LuminanceStatistics {
  private var histogram = [Int](repeating: 0, count: 256)
  private let count: Int

  /// - Complexity: O(pixels).
  init(_ pixels: Span<UInt8>) {
    count = pixels.count
    for index in pixels.indices { histogram[Int(pixels[index])] += 1 }
  }

  /// The smallest luminance that at least this share of the pixels do not exceed.
  func quantile(_ share: Double) -> Int {
    var seen = 0
    for (level, number) in histogram.enumerated() {
      seen += number
      if Double(seen) >= share * Double(count) { return level }
    }
    return 255
  }

  /// The standard deviation.
  var deviation: Double {
    let total = Double(max(1, count))
    let mean = histogram.enumerated().reduce(0) { $0 + Double($1.offset) * Double($1.element) } / total
    let squares = histogram.enumerated().reduce(0) { sum, level in
      let distance = Double(level.offset) - mean
      return sum + distance * distance * Double(level.element)
    }
    return (squares / total).squareRoot()
  }

  /// The entropy of the histogram, in bits.
  var entropy: Double {
    let total = Double(max(1, count))
    return histogram.reduce(0) { sum, number in
      guard number > 0 else { return sum }
      let share = Double(number) / total
      return sum - share * log2(share)
    }
  }

  /// The variance of the Laplacian, the sum of the four neighbours less four times the pixel, over the pixels that have four neighbours.
  ///
  /// - Parameter pixels: row by row, `width` in each.
  /// - Complexity: O(pixels).
  static func laplacianVariance(_ pixels: Span<UInt8>, width: Int) -> Double {
    let height = width > 0 ? pixels.count / width : 0
    guard width > 2, height > 2 else { return 0 }
    var (sum, squares) = (0, 0)
    for y in 1..<height - 1 {
      for x in 1..<width - 1 {
        let place = y * width + x
        let value =
          Int(pixels[place - 1]) + Int(pixels[place + 1]) + Int(pixels[place - width])
          + Int(pixels[place + width]) - 4 * Int(pixels[place])
        sum += value
        squares += value * value
      }
    }
    let total = Double((width - 2) * (height - 2))
    let mean = Double(sum) / total
    return max(0, Double(squares) / total - mean * mean)
  }
}
