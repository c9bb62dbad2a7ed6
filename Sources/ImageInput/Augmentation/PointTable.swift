/// The value that each value of a sample becomes.
struct PointTable {
  let entries: [UInt8]

  init(_ entry: (UInt8) -> UInt8) {
    entries = (0..<256).map { entry(UInt8($0)) }
  }

  /// Pillow's `autocontrast`: the darkest sample becomes black, the lightest white.
  init(stretching histogram: [Int]) {
    guard let low = histogram.firstIndex(where: { $0 > 0 }),
      let high = histogram.lastIndex(where: { $0 > 0 }),
      low < high
    else {
      self.init { $0 }
      return
    }
    let scale = 255 / Double(high - low)
    let offset = Double(-low) * scale
    self.init { UInt8(min(max(Double($0) * scale + offset, 0), 255)) }
  }

  /// Pillow's `equalize`: as many samples at each level as can be.
  init(equalizing histogram: [Int]) {
    let last = histogram.last { $0 > 0 } ?? 0
    let step = (histogram.reduce(0, +) - last) / 255
    guard step > 0 else {
      self.init { $0 }
      return
    }
    var sum = step / 2
    var entries: [UInt8] = []
    for count in histogram {
      entries.append(UInt8(min(sum / step, 255)))
      sum += count
    }
    self.init(entries: entries)
  }

  private init(entries: [UInt8]) {
    self.entries = entries
  }
}
