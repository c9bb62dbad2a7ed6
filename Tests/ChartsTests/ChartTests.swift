import Testing

@testable import Charts

@Suite struct ChartTests {
  private let hostile = "<script>alert('x')</script> & \"friends\" \u{1}\u{202E} ]]> 犬"

  private func chart(
    _ values: [Double], scale: Axis.Scale = .linear, range: ClosedRange<Double>? = nil
  ) -> LineChart {
    LineChart(
      "loss", horizontal: Axis("epoch", numbers: .whole), vertical: Axis("loss", scale: scale, range: range),
      series: [.init("training", points: values.enumerated().map { .init(x: Double($0 + 1), y: $1) })])
  }

  @Test func hostileTextIsTextEverywhere() throws {
    var line = chart([1, 2])
    line.title = hostile
    line.description = hostile
    line.horizontal.label = hostile
    line.vertical.label = hostile
    line.series[0].name = hostile
    line.marks = [.init(x: 1, label: hostile)]
    let bars = BarChart(
      hostile, labels: [hostile], series: [.init(hostile, values: [1])], axis: Axis(hostile))
    let map = HeatMap(
      hostile, labels: [hostile, "b"], counts: [[1, 2], [3, 4]], rowName: hostile, columnName: hostile)
    for svg in [line.svg(), bars.svg(), map.svg()] {
      let parsed = try ParsedChart(svg)
      #expect(parsed.count("script") == 0)
      #expect(parsed.texts["title"]?.first == hostile.replacing("\u{1}\u{202E}", with: "\\u{1}\\u{202e}"))
      #expect(parsed.count("desc") == 1)
    }
  }

  @Test(arguments: [
    [], [3], [0, 0, 0], [.nan, .infinity, 1], [1e300, 2],
    [Double.leastNonzeroMagnitude, .leastNormalMagnitude], [-1, 0, 1e9], [1e20, 1e20 + 1e5],
    [0.1, 0.1 + 1e-12], [-Double.greatestFiniteMagnitude, Double.greatestFiniteMagnitude],
  ])
  func everyValueCanBeDrawn(values: [Double]) throws {
    for scale in [Axis.Scale.linear, .logarithmic] {
      let parsed = try ParsedChart(chart(values, scale: scale).svg())
      #expect(parsed.placesAreSane, "\(scale)")
    }
  }

  @Test func aBandLiesWithinTheAxes() throws {
    var line = chart([1, 2, 3])
    let points = [1.0, 2, 3].map { LineChart.Point(x: $0, y: $0) }
    line.bands = [.init(lower: points.map { .init(x: $0.x, y: $0.y - 5) }, upper: points, colour: 9)]
    let svg = line.svg()
    #expect(svg.contains("rz-band rz-f1"))
    #expect(try ParsedChart(svg).placesAreSane)
    line.bands[0].upper[1].y = .nan
    #expect(try ParsedChart(line.svg()).placesAreSane)
  }

  @Test func aLineIsBrokenWhereThereIsNoValue() throws {
    let parsed = try ParsedChart(chart([1, 2, .nan, 4, 5]).svg())
    #expect(parsed.count("path") == 2)
    #expect(parsed.count("circle") == 4)
  }

  @Test func longLinesKeepTheirExtremes() throws {
    var values = [Double](repeating: 1, count: 200_000)
    values[77_777] = 9
    let svg = chart(values).svg()
    #expect(svg.utf8.count < 100_000)
    let places = values.enumerated().map { (x: Double($0) / 400, y: $1) }
    let kept = thinned(places, width: 500)
    #expect(kept.count <= 4 * 501)
    #expect(kept.contains { $0.y == 9 })
  }

  @Test func aFixedRangeCutsValuesOff() throws {
    let parsed = try ParsedChart(chart([0.5, 7, -7], range: 0...1).svg())
    #expect(parsed.placesAreSane)
    #expect(parsed.texts["text"]?.contains("1.0") == true)
  }

  @Test(arguments: [1, 2, 10, 100]) func heatMapsShowEachNumberThatIsNotZero(classes: Int) throws {
    let counts = (0..<classes).map { row in (0..<classes).map { row == $0 ? 1000 : ($0 + row) % 3 } }
    let map = HeatMap(
      "confusion", labels: (0..<classes).map { "class number \($0)" }, counts: counts, rowName: "true",
      columnName: "called")
    let parsed = try ParsedChart(map.svg())
    let filled = counts.joined().filter { $0 > 0 }.count
    #expect(
      parsed.elements.filter { ["rz-right", "rz-wrong"].contains($0.attributes["class"]) }.count == filled)
    #expect(parsed.texts["text"]?.filter { $0 == "1000" }.count == classes)
    #expect(parsed.placesAreSane)
  }

  @Test(arguments: [1e-3, 1e-7, 1e-9, 1e-300, .leastNonzeroMagnitude]) func barsMayBeAsShortAsNumbersAre(
    largest: Double
  ) {
    let bars = BarChart(
      "shares", labels: ["a", "b"], series: [.init("", values: [largest, 0])],
      axis: Axis("share", numbers: .percent), width: 300)
    #expect(bars.svg().contains(" %"))
  }

  @Test func barsWithoutAValueAreMarked() throws {
    let bars = BarChart(
      "recall", labels: ["a", "b", "c"], series: [.init(values: [0.5, nil, .nan])],
      axis: Axis("recall", numbers: .percent, range: 0...1))
    let parsed = try ParsedChart(bars.svg())
    #expect(parsed.texts["text"]?.filter { $0 == "–" }.count == 2)
    #expect(parsed.texts["text"]?.contains("50.0 %") == true)
  }

  @Test func groupsOfAMapDifferInColourOrShape() throws {
    let groups = (0..<24).map { "class \($0)" }
    let map = ScatterChart(
      "map", description: "a map", groups: groups,
      points: groups.indices.map { .init(x: Double($0), y: 0, group: $0, isMarked: $0 == 3) })
    let parsed = try ParsedChart(map.svg())
    let shapes = parsed.elements.filter { $0.attributes["fill-opacity"] == "0.6" }
    // A path's corners tell its shape: a letter for each.
    let kinds = Set(
      shapes.map { element in
        [element.name, element.attributes["class"] ?? ""].joined()
          + String(element.attributes["d"]?.filter { "ML".contains($0) } ?? "")
      })
    #expect(shapes.count == 23 && parsed.placesAreSane)
    #expect(kinds.count == 23, "\(kinds.count) kinds")
    #expect(parsed.texts["title"]?.filter { $0 == "class 5" }.count == 1)
  }
}
