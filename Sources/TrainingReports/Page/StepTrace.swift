import Charts

/// A number of each step, such as its loss, thinned so that a long training takes no more memory than a short one.
struct StepTrace {
  private(set) var points: [LineChart.Point] = []
  /// The number of steps for each point.
  private var gap = 1
  private var pending: (sum: Double, count: Int) = (0, 0)

  /// The most points, about four for each pixel of the chart.
  private static let limit = 4096

  /// Adds a step.
  ///
  /// - Parameter position: the place of the step in epochs.
  mutating func add(_ value: Double, at position: Double) {
    pending = (pending.sum + value, pending.count + 1)
    guard pending.count == gap else { return }
    points.append(LineChart.Point(x: position, y: pending.sum / Double(gap)))
    pending = (0, 0)
    guard points.count == Self.limit else { return }
    points = stride(from: 0, to: points.count - 1, by: 2).map {
      LineChart.Point(x: points[$0 + 1].x, y: (points[$0].y + points[$0 + 1].y) / 2)
    }
    gap *= 2
  }
}
