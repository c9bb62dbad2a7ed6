/// The names of series beside samples of their colours, in as many rows as it takes.
struct Legend {
  struct Entry {
    var name: String
    var colour: Int
    /// Classes of a line's sample, beginning with a space; nil for a filled square.
    var sample: String?
    /// The shape of the group's points; nil for a square as of bars.
    var marker: Marker?
  }

  private var rows: [[(entry: Entry, x: Double)]] = []
  private let width: Double

  private static let rowHeight = 20.0
  private static let sampleWidth = 22.0

  init(_ entries: [Entry], width: Double) {
    self.width = width
    var x = 0.0
    for entry in entries {
      let entryWidth = min(width, Self.sampleWidth + 6 + TextWidth.ems(entry.name) * 12 + 20)
      if rows.isEmpty || x + entryWidth > width {
        rows.append([])
        x = 0
      }
      rows[rows.count - 1].append((entry, x))
      x += entryWidth
    }
  }

  var height: Double { Double(rows.count) * Self.rowHeight }

  /// - Parameter point: the middle of the first row's left end.
  func draw(on canvas: inout Canvas, at point: (x: Double, y: Double)) {
    for (index, row) in rows.enumerated() {
      let y = point.y + Double(index) * Self.rowHeight
      for (entry, offset) in row {
        let x = point.x + offset
        if let sample = entry.sample {
          canvas.line((x, y), (x + Self.sampleWidth, y), style: "rz-line rz-l\(entry.colour)\(sample)")
        } else if let marker = entry.marker {
          marker.draw(on: &canvas, at: (x + 11, y), radius: 6, style: "rz-f\(entry.colour)", opacity: 1)
        } else {
          canvas.add(
            "rect",
            [
              "x": (x + 5).place, "y": (y - 6).place, "width": "12", "height": "12", "rx": "2",
              "class": "rz-f\(entry.colour)",
            ])
        }
        canvas.label(
          entry.name, at: (x + Self.sampleWidth + 6, y + 4), width: width - Self.sampleWidth - 26)
      }
    }
  }
}
