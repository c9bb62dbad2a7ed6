/// Lines over a common axis, such as curves of a training.
package struct LineChart: Hashable, Sendable {
  package struct Point: Hashable, Sendable {
    package var x: Double
    package var y: Double

    package init(x: Double, y: Double) {
      self.x = x
      self.y = y
    }
  }

  package enum Style: Hashable, Sendable {
    case solid
    case dashed
    /// Thin and pale: what lies behind another line, such as the noise around its mean.
    case faint
  }

  /// One line.
  package struct Series: Hashable, Sendable {
    /// The name in the legend; empty for a line without a place in the legend.
    package var name: String
    /// From left to right. The line is broken at points that are not finite, or that a logarithmic axis cannot show.
    package var points: [Point]
    package var style: Style
    /// The number of its colour; nil for the next one.
    package var colour: Int?

    package init(_ name: String, points: [Point], style: Style = .solid, colour: Int? = nil) {
      self.name = name
      self.points = points
      self.style = style
      self.colour = colour
    }
  }

  /// A pale area around a line, such as the range over several runs.
  package struct Band: Hashable, Sendable {
    /// The lower edge, from left to right.
    package var lower: [Point]
    /// The upper edge, from left to right.
    package var upper: [Point]
    /// The number of its colour.
    package var colour: Int

    package init(lower: [Point], upper: [Point], colour: Int) {
      self.lower = lower
      self.upper = upper
      self.colour = colour
    }
  }

  /// A place on the horizontal axis with a word to it, such as the best epoch.
  package struct Mark: Hashable, Sendable {
    package var x: Double
    package var label: String

    package init(x: Double, label: String) {
      self.x = x
      self.label = label
    }
  }

  package var title: String
  /// The text for people who do not see the chart; nil for a sentence made of the series.
  package var description: String?
  package var horizontal: Axis
  package var vertical: Axis
  package var series: [Series]
  /// The areas behind the lines.
  package var bands: [Band]
  package var marks: [Mark]
  /// In pixels.
  package var width: Double
  package var height: Double

  package init(
    _ title: String, description: String? = nil, horizontal: Axis, vertical: Axis, series: [Series],
    bands: [Band] = [], marks: [Mark] = [], width: Double = 720, height: Double = 360
  ) {
    self.title = title
    self.description = description
    self.horizontal = horizontal
    self.vertical = vertical
    self.series = series
    self.bands = bands
    self.marks = marks
    self.width = width
    self.height = height
  }

  /// The chart as a whole SVG document, which can also stand within HTML.
  ///
  /// - Complexity: linear in the points; the text is bounded by the width and the number of series.
  package func svg() -> String {
    LineDrawing(self).svg()
  }

  /// The description, or a sentence on each series.
  var spokenDescription: String {
    if let description { return description }
    return series.filter { !$0.name.isEmpty }.map { series in
      let values = series.points.map(\.y).filter(\.isFinite)
      guard let first = values.first, let last = values.last, let low = values.min(), let high = values.max()
      else { return "\(series.name): no values." }
      let (from, to) = (NumberText.short(first), NumberText.short(last))
      return "\(series.name): from \(from) to \(to), "
        + "between \(NumberText.short(low)) and \(NumberText.short(high))."
    }.joined(separator: " ")
  }
}
