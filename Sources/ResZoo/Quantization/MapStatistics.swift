/// The figures of a map's values that calibration keeps: how often each magnitude occurs, means by channel, mean extremes.
struct MapStatistics: Sendable {
  private(set) var histogram = RangeHistogram()
  /// The sum of each channel's means over the pixels of an image.
  private(set) var channelMeans: [Double]
  private(set) var images = 0
  /// The sums of each image's least and largest values.
  private var leastSum = 0.0
  private var greatestSum = 0.0

  /// The statistics of one image's map, [pixels, channels]; nil where a value is no number or infinite.
  init?(_ values: Span<Float>, channels: Int) {
    guard let range = histogram.add(values) else { return nil }
    leastSum = Double(range.least)
    greatestSum = Double(range.greatest)
    images = 1
    var sums = Array(repeating: 0.0, count: channels)
    for start in stride(from: 0, to: values.count, by: channels) {
      for channel in 0..<channels { sums[channel] += Double(values[start + channel]) }
    }
    let pixels = Double(values.count / channels)
    channelMeans = sums.map { $0 / pixels }
  }

  /// Takes in the statistics of other images.
  mutating func add(_ other: MapStatistics) {
    histogram.add(other.histogram)
    for channel in channelMeans.indices { channelMeans[channel] += other.channelMeans[channel] }
    images += other.images
    leastSum += other.leastSum
    greatestSum += other.greatestSum
  }

  /// The mean of each image's extremes.
  var meanExtremes: (least: Double, greatest: Double) {
    (leastSum / Double(images), greatestSum / Double(images))
  }

  /// The mean of each channel over images and pixels.
  var means: [Double] { channelMeans.map { $0 / Double(images) } }
}
