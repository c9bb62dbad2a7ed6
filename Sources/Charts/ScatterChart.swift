/// Points of a plane in the colours and shapes of their groups, without axes: a map, of which only neighbourhoods mean something.
package struct ScatterChart: Hashable, Sendable {
  /// A point.
  package struct Point: Hashable, Sendable {
    package var x: Double
    package var y: Double
    /// The place of its group among the names.
    package var group: Int
    /// True for a point that is drawn larger, with a rim.
    package var isMarked: Bool
    /// The point's own name, shown where a pointer rests on it; nil for that of its group.
    package var name: String?

    package init(x: Double, y: Double, group: Int, isMarked: Bool = false, name: String? = nil) {
      self.x = x
      self.y = y
      self.group = group
      self.isMarked = isMarked
      self.name = name
    }
  }

  package var title: String
  /// The text for people who do not see the chart.
  package var description: String
  /// The names of the groups, in the order of their colours, then shapes; beyond all of these they come again.
  package var groups: [String]
  package var points: [Point]
  /// In pixels.
  package var width: Double

  package init(_ title: String, description: String, groups: [String], points: [Point], width: Double = 720) {
    self.title = title
    self.description = description
    self.groups = groups
    self.points = points
    self.width = width
  }

  /// The most groups that a legend names.
  private static let legendLimit = 24

  /// The chart as a whole SVG document, which can also stand within HTML.
  ///
  /// - Complexity: linear in the points.
  package func svg() -> String {
    let legend = Legend(
      groups.prefix(Self.legendLimit).enumerated().map {
        Legend.Entry(
          name: $0.element, colour: $0.offset % StyleSheet.seriesCount, sample: nil,
          marker: Marker(ofGroup: $0.offset))
      }, width: width - 32)
    let top = 40 + legend.height + 8
    let side = width - 32
    let height = side * 0.7
    var canvas = Canvas()
    canvas.label(title, at: (16, 26), width: width - 32, size: 16, style: "rz-ink rz-bold")
    legend.draw(on: &canvas, at: (16, 48))
    let drawn = points.filter { $0.x.isFinite && $0.y.isFinite }
    let (left, right) = Self.range(drawn.map(\.x))
    let (low, high) = Self.range(drawn.map(\.y))
    for point in drawn.filter({ !$0.isMarked }) + drawn.filter(\.isMarked) {
      let colour = "rz-f\(point.group % StyleSheet.seriesCount)"
      let (x, y) = (
        16 + side * (point.x - left) / (right - left), top + height * (high - point.y) / (high - low)
      )
      Marker(ofGroup: point.group).draw(
        on: &canvas, at: (x, y), radius: point.isMarked ? 5 : 2.5,
        style: point.isMarked ? colour + " rz-axis" : colour, opacity: point.isMarked ? 1 : 0.6,
        tip: point.name ?? (groups.indices.contains(point.group) ? groups[point.group] : nil))
    }
    return canvas.svg(width: width, height: top + height + 16, title: title, description: description)
  }

  /// The range of values, with a margin, and never empty.
  private static func range(_ values: [Double]) -> (Double, Double) {
    guard let low = values.min(), let high = values.max() else { return (0, 1) }
    let margin = max((high - low) * 0.03, 1e-9)
    return (low - margin, high + margin)
  }
}
