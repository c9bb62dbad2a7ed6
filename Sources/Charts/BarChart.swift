/// Lying bars with a label to each, or to each group of them.
package struct BarChart: Hashable, Sendable {
  /// Bars of one colour, one for each label.
  package struct Series: Hashable, Sendable {
    /// The name in the legend; a chart of one series needs no name.
    package var name: String
    /// From 0 up; nil where there is no value.
    package var values: [Double?]

    package init(_ name: String = "", values: [Double?]) {
      self.name = name
      self.values = values
    }
  }

  package var title: String
  /// The text for people who do not see the chart; nil for the labels with their values.
  package var description: String?
  package var labels: [String]
  package var series: [Series]
  /// The axis of the values; always linear.
  package var axis: Axis
  /// In pixels. The height follows from the number of bars.
  package var width: Double

  /// - Precondition: each series has as many values as there are labels.
  package init(
    _ title: String, description: String? = nil, labels: [String], series: [Series], axis: Axis,
    width: Double = 720
  ) {
    for one in series {
      precondition(one.values.count == labels.count, "\(one.values.count) values for \(labels.count) labels")
    }
    self.title = title
    self.description = description
    self.labels = labels
    self.series = series
    self.axis = axis
    self.width = width
  }

  /// The chart as a whole SVG document, which can also stand within HTML.
  package func svg() -> String {
    let barHeight = series.count == 1 ? 16.0 : series.count == 2 ? 11 : 8
    let groupHeight = barHeight * Double(max(1, series.count)) + 8
    let names = series.map(\.name).filter { !$0.isEmpty }
    let legend = Legend(
      series.indices.filter { !series[$0].name.isEmpty }.map {
        Legend.Entry(name: series[$0].name, colour: $0 % StyleSheet.seriesCount, sample: nil)
      }, width: width - 32)
    let top = 40 + legend.height + (names.isEmpty ? 0 : 4)
    let bottom = top + groupHeight * Double(max(1, labels.count)) + 4
    // A little more than the longest, which rounding would cut.
    let labelWidth = min(width * 0.4, (labels.map { TextWidth.ems($0) * 12 }.max() ?? 0) + 1)
    let (left, right) = (24 + labelWidth, width - 64)

    var linear = axis
    linear.scale = .linear
    linear.includesZero = true
    let ruler = Ruler(
      linear, values: series.flatMap { $0.values.compactMap { $0 } }, isTight: false,
      tickCount: max(2, Int((right - left) / 80)))
    func place(_ value: Double) -> Double {
      left + (right - left) * min(1, max(0, ruler.fraction(of: value)))
    }

    var canvas = Canvas()
    canvas.label(title, at: (16, 26), width: width - 32, size: 16, style: "rz-ink rz-bold")
    legend.draw(on: &canvas, at: (16, 48))
    for tick in ruler.ticks {
      canvas.line((place(tick.value), top), (place(tick.value), bottom), style: "rz-grid")
      canvas.text(tick.label, at: (place(tick.value), bottom + 16), anchor: .middle, style: "rz-soft")
    }
    for (row, label) in labels.enumerated() {
      let start = top + 4 + groupHeight * Double(row)
      let middle = start + (groupHeight - 8) / 2
      canvas.label(label, at: (left - 8, middle + 4), width: labelWidth, anchor: .end)
      for (index, one) in series.enumerated() {
        let y = start + barHeight * Double(index)
        guard let value = one.values[row], Ruler.isDrawable(value, scale: .linear) else {
          canvas.text("–", at: (left + 4, y + barHeight / 2 + 4), size: 11, style: "rz-soft")
          continue
        }
        let written = text(value)
        canvas.add(
          "rect",
          [
            "x": left.place, "y": y.place, "width": max(0, place(value) - left).place,
            "height": (barHeight - 1).place, "class": "rz-f\(index % StyleSheet.seriesCount)",
          ], tip: (one.name.isEmpty ? [label] : [label, one.name]).joined(separator: ", ") + ": " + written)
        if series.count == 1 {
          canvas.text(written, at: (place(value) + 6, y + barHeight / 2 + 4), size: 11, style: "rz-soft")
        }
      }
    }
    canvas.line((left, top), (left, bottom), style: "rz-axis")
    canvas.text(axis.label, at: ((left + right) / 2, bottom + 36), anchor: .middle)
    return canvas.svg(
      width: width, height: bottom + 48, title: title, description: description ?? spokenValues)
  }

  private func text(_ value: Double) -> String {
    switch axis.numbers {
    case .percent: NumberText.percent(value, decimals: percentDecimals)
    case .whole: NumberText.fixed(value, decimals: 0)
    case .plain: NumberText.short(value)
    }
  }

  /// Decimals of percentages: one, or as many as show two digits of the largest value.
  private var percentDecimals: Int {
    var (decimals, largest) = (
      1, series.flatMap { $0.values.compactMap { $0 } }.filter(\.isFinite).max() ?? 1
    )
    while largest > 0, largest < 0.01, decimals < 6 {
      largest *= 10
      decimals += 1
    }
    return decimals
  }

  private var spokenValues: String {
    labels.indices.map { row in
      let values = series.map { one in
        (one.name.isEmpty ? "" : one.name + " ") + (one.values[row].map(text) ?? "no value")
      }
      return "\(labels[row]): \(values.joined(separator: ", "))."
    }.joined(separator: " ")
  }
}
