/// A line chart on its way to SVG: where everything lies.
struct LineDrawing {
  private let chart: LineChart
  private let colours: [Int]
  private let across: Ruler
  private let down: Ruler
  private let left: Double
  private let right: Double
  private let top: Double
  private let bottom: Double
  private let legend: Legend

  init(_ chart: LineChart) {
    self.chart = chart
    colours = chart.series.indices.map { (chart.series[$0].colour ?? $0) % StyleSheet.seriesCount }
    let edges = chart.bands.flatMap { $0.lower + $0.upper }
    let points = (chart.series.flatMap(\.points) + edges).filter { Self.isDrawable($0, in: chart) }
    let marks = chart.marks.map(\.x)
    legend = Legend(
      chart.series.indices.filter { !chart.series[$0].name.isEmpty }.map { [colours] in
        Legend.Entry(
          name: chart.series[$0].name, colour: colours[$0], sample: Self.style(chart.series[$0].style))
      }, width: chart.width - 32)
    top = 46 + legend.height + (chart.marks.isEmpty ? 0 : 14)
    bottom = chart.height - 50
    down = Ruler(
      chart.vertical, values: points.map(\.y), isTight: false, tickCount: max(2, Int((bottom - top) / 40)))
    let widest = down.ticks.map { TextWidth.ems($0.label) * 12 }.max() ?? 0
    left = 42 + widest
    right = chart.width - 24
    across = Ruler(
      chart.horizontal, values: points.map(\.x) + marks, isTight: true,
      tickCount: max(2, Int((right - left) / 64)))
  }

  func svg() -> String {
    var canvas = Canvas()
    canvas.label(chart.title, at: (16, 26), width: chart.width - 32, size: 16, style: "rz-ink rz-bold")
    legend.draw(on: &canvas, at: (16, 48))
    drawAxes(on: &canvas)
    drawMarks(on: &canvas)
    for band in chart.bands { draw(band, on: &canvas) }
    for index in chart.series.indices { draw(chart.series[index], colour: colours[index], on: &canvas) }
    if !chart.series.contains(where: { $0.points.contains { Self.isDrawable($0, in: chart) } }) {
      canvas.text(
        "no values", at: ((left + right) / 2, (top + bottom) / 2), size: 14, anchor: .middle, style: "rz-soft"
      )
    }
    return canvas.svg(
      width: chart.width, height: chart.height, title: chart.title, description: chart.spokenDescription)
  }

  private func place(_ point: LineChart.Point) -> (x: Double, y: Double) {
    (
      left + (right - left) * across.fraction(of: point.x),
      bottom - (bottom - top) * min(1, max(0, down.fraction(of: point.y)))
    )
  }

  private static func isDrawable(_ point: LineChart.Point, in chart: LineChart) -> Bool {
    Ruler.isDrawable(point.x, scale: chart.horizontal.scale)
      && Ruler.isDrawable(point.y, scale: chart.vertical.scale)
      && chart.horizontal.range?.contains(point.x) != false
  }

  private func drawAxes(on canvas: inout Canvas) {
    for tick in down.ticks {
      let y = bottom - (bottom - top) * down.fraction(of: tick.value)
      canvas.line((left, y), (right, y), style: "rz-grid")
      canvas.text(tick.label, at: (left - 8, y + 4), anchor: .end, style: "rz-soft")
    }
    canvas.line((left, bottom), (right, bottom), style: "rz-axis")
    for tick in across.ticks {
      let x = left + (right - left) * across.fraction(of: tick.value)
      canvas.line((x, bottom), (x, bottom + 5), style: "rz-axis")
      canvas.text(tick.label, at: (x, bottom + 19), anchor: .middle, style: "rz-soft")
    }
    canvas.text(
      chart.horizontal.label, at: ((left + right) / 2, chart.height - 12), anchor: .middle, style: "rz-ink")
    canvas.text(
      chart.vertical.label, at: (20, (top + bottom) / 2), anchor: .middle, style: "rz-ink", turn: -90)
  }

  private func drawMarks(on canvas: inout Canvas) {
    for mark in chart.marks where Ruler.isDrawable(mark.x, scale: chart.horizontal.scale) {
      let fraction = across.fraction(of: mark.x)
      guard (0...1).contains(fraction) else { continue }
      let x = left + (right - left) * fraction
      canvas.line((x, top - 4), (x, bottom), style: "rz-mark")
      let anchor: Canvas.Anchor = fraction < 0.15 ? .start : fraction > 0.85 ? .end : .middle
      canvas.text(mark.label, at: (x, top - 9), size: 11, anchor: anchor, style: "rz-soft")
    }
  }

  private func draw(_ band: LineChart.Band, on canvas: inout Canvas) {
    let edge = (band.upper + band.lower.reversed()).filter { Self.isDrawable($0, in: chart) }
    guard edge.count > 2 else { return }
    let path = edge.map(place).map { $0.x.place + "," + $0.y.place }.joined(separator: "L")
    canvas.add(
      "path", ["d": "M" + path + "Z", "class": "rz-band rz-f\(band.colour % StyleSheet.seriesCount)"])
  }

  private static func style(_ style: LineChart.Style) -> String {
    switch style {
    case .solid: ""
    case .dashed: " rz-dashed"
    case .faint: " rz-faint"
    }
  }

  private func draw(_ series: LineChart.Series, colour: Int, on canvas: inout Canvas) {
    let pieces = series.points.split { !Self.isDrawable($0, in: chart) }
    for piece in pieces {
      let places = thinned(piece.map(place), width: right - left)
      var path = ""
      for (index, place) in places.enumerated() {
        path += (index == 0 ? "M" : "L") + place.x.place + "," + place.y.place
      }
      // A piece of one point is a dot: a line to itself, with round ends.
      if places.count == 1 { path += "h0" }
      canvas.add("path", ["d": path, "class": "rz-line rz-l\(colour)\(Self.style(series.style))"])
    }
    guard series.style != .faint, series.points.count <= Self.dotLimit else { return }
    for point in pieces.joined() {
      let place = place(point)
      let x = chart.horizontal.label.isEmpty ? "" : chart.horizontal.label + " "
      canvas.add(
        "circle", ["cx": place.x.place, "cy": place.y.place, "r": "3", "class": "rz-f\(colour)"],
        tip: "\(series.name), \(x)\(NumberText.short(point.x)): \(NumberText.short(point.y))")
    }
  }

  /// Most points of a line that has a dot at each, with its numbers when the pointer rests on it.
  private static let dotLimit = 60
}

/// The visible part of a long line: for each pixel's width the first, lowest, highest and last place, in their order.
func thinned(_ places: [(x: Double, y: Double)], width: Double) -> [(x: Double, y: Double)] {
  guard Double(places.count) > 4 * width else { return places }
  var kept: [(x: Double, y: Double)] = []
  var start = 0
  while start < places.count {
    let column = places[start].x.rounded(.down)
    let end = places[start...].firstIndex { $0.x.rounded(.down) != column } ?? places.count
    let range = start..<end
    let low = range.min { places[$0].y < places[$1].y } ?? start
    let high = range.max { places[$0].y < places[$1].y } ?? start
    for index in Set([start, low, high, end - 1]).sorted() { kept.append(places[index]) }
    start = end
  }
  return kept
}
