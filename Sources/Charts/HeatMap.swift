/// A square table of counts as colours with their numbers, such as a confusion matrix. What lies on the diagonal has a colour
/// of its own; colours show the share of each row.
package struct HeatMap: Hashable, Sendable {
  package var title: String
  /// The text for people who do not see the chart; nil for a sentence on the diagonal.
  package var description: String?
  package var labels: [String]
  /// [row][column].
  package var counts: [[Int]]
  /// The names of a row and of a column.
  package var rowName: String
  package var columnName: String

  /// - Precondition: the table is square, with a label for each row, and no count is negative.
  package init(
    _ title: String, description: String? = nil, labels: [String], counts: [[Int]], rowName: String,
    columnName: String
  ) {
    precondition(
      counts.count == labels.count
        && counts.allSatisfy { $0.count == labels.count && $0.allSatisfy { $0 >= 0 } },
      "no square table of counts with \(labels.count) labels")
    self.title = title
    self.description = description
    self.labels = labels
    self.counts = counts
    self.rowName = rowName
    self.columnName = columnName
  }

  /// The table as a whole SVG document, which can also stand within HTML. Its size follows from the number of labels.
  ///
  /// - Complexity: linear in the cells; cells of 0 take no text.
  package func svg() -> String {
    let side = min(84, max(14, 560 / Double(max(1, labels.count))))
    let size = min(12, max(8, side * 0.72))
    let widest = min(160, labels.map { TextWidth.ems($0) * size }.max() ?? 0)
    let headsLie = widest <= side - 6
    let headHeight = headsLie ? size + 8 : side >= 22 ? widest * 0.72 + 12 : widest + 10
    let (left, top) = (48 + widest, 84 + headHeight)
    let extent = side * Double(labels.count)
    let overhang = !headsLie && side >= 22 ? widest * 0.72 : 0
    let width = max(420, left + extent + max(24, overhang - side / 2 + 12))

    var canvas = Canvas()
    canvas.label(title, at: (16, 26), width: width - 32, size: 16, style: "rz-ink rz-bold")
    canvas.text(
      "Colour shows the share of each row.", at: (16, 46), size: 12, style: "rz-soft")
    canvas.text(columnName, at: (left + extent / 2, 70), anchor: .middle)
    canvas.text(rowName, at: (20, top + extent / 2), anchor: .middle, turn: -90)
    for (index, label) in labels.enumerated() {
      let middle = side * (Double(index) + 0.5)
      canvas.label(
        label, at: (left - 8, top + middle + size * 0.35), width: widest, size: size, anchor: .end)
      let head = (x: left + middle, y: top - 8)
      if headsLie {
        canvas.label(label, at: head, width: widest, size: size, anchor: .middle)
      } else if side >= 22 {
        canvas.label(label, at: head, width: widest, size: size, turn: -45)
      } else {
        canvas.label(label, at: (head.x + size * 0.35, head.y), width: widest, size: size, turn: -90)
      }
    }
    for index in 0...labels.count {
      let at = side * Double(index)
      canvas.line((left, top + at), (left + extent, top + at), style: "rz-grid")
      canvas.line((left + at, top), (left + at, top + extent), style: "rz-grid")
    }
    for row in labels.indices { drawRow(row, at: (left, top), side: side, on: &canvas) }
    return canvas.svg(
      width: width, height: top + extent + 24, title: title, description: description ?? spokenDiagonal)
  }

  private func drawRow(_ row: Int, at corner: (x: Double, y: Double), side: Double, on canvas: inout Canvas) {
    let sum = Self.sum(counts[row])
    for (column, count) in counts[row].enumerated() where count > 0 {
      let share = Double(count) / sum
      let strength = Self.strength(share, isRight: row == column)
      let x = corner.x + side * Double(column)
      let y = corner.y + side * Double(row)
      canvas.add(
        "rect",
        [
          "x": x.place, "y": y.place, "width": side.place, "height": side.place,
          "fill-opacity": strength.place, "class": row == column ? "rz-right" : "rz-wrong",
        ],
        tip:
          "\(rowName) \(labels[row]), \(columnName) \(labels[column]): \(count) (\(NumberText.percent(share)))"
      )
      let digits = String(count)
      let size = min(14, side * 0.5, side * 0.86 / TextWidth.ems(digits))
      canvas.text(
        digits, at: (x + side / 2, y + side / 2 + size * 0.36), size: size, anchor: .middle,
        style: strength > 0.6 ? "rz-strong" : "rz-ink")
    }
  }

  /// The strength of the colour of a cell that is not 0. Few mistakes shall be seen too: the root lifts them.
  static func strength(_ share: Double, isRight: Bool) -> Double {
    0.08 + 0.87 * (isRight ? share : share.squareRoot())
  }

  /// In floating point, which no number of images overflows.
  private static func sum(_ counts: [Int]) -> Double { counts.reduce(0) { $0 + Double($1) } }

  private var spokenDiagonal: String {
    let diagonal = Self.sum(labels.indices.map { counts[$0][$0] })
    let all = counts.reduce(0) { $0 + Self.sum($1) }
    let share = all > 0 ? ", \(NumberText.percent(diagonal / all))" : ""
    return
      "Of \(NumberText.fixed(all, decimals: 0)), \(NumberText.fixed(diagonal, decimals: 0)) lie on the diagonal\(share)."
  }
}
