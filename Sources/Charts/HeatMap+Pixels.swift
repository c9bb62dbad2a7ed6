extension HeatMap {
  /// The table as pixels: rows and columns bear their numbers, counted from 0, and cells their counts where there is room.
  package func sheet() -> PixelSheet {
    let count = max(1, labels.count)
    let side = min(48, max(4, 640 / count))
    let scale = side >= 28 ? 2 : 1
    // In tables with many rows, only some are numbered.
    let gap = max(1, (8 + side - 1) / side)
    let margin = PixelSheet.width(of: count - 1, scale: scale) + 12
    let extent = side * count + 1
    var sheet = PixelSheet(width: margin + extent + 8, height: margin + extent + 8)
    let paper = PixelSheet.Colour(255, 255, 255)
    let ink = PixelSheet.Colour(31, 35, 40)
    let grid = PixelSheet.Colour(225, 229, 234)
    for index in labels.indices where index % gap == 0 {
      let middle = margin + index * side + side / 2
      sheet.write(index, middleX: margin / 2, middleY: middle, scale: scale, ink)
      guard PixelSheet.width(of: index, scale: scale) < side * gap else { continue }
      sheet.write(index, middleX: middle, middleY: margin / 2, scale: scale, ink)
    }
    sheet.fill(x: margin, y: margin, width: extent, height: extent, grid)
    let line = side >= 8 ? 1 : 0
    for (row, cells) in counts.enumerated() {
      let sum = cells.reduce(0) { $0 + Double($1) }
      for (column, cell) in cells.enumerated() {
        let (x, y) = (margin + column * side, margin + row * side)
        let share = sum > 0 ? Double(cell) / sum : 0
        let strength = cell == 0 ? 0 : Self.strength(share, isRight: row == column)
        let colour =
          row == column ? PixelSheet.Colour(0x1F, 0x5F, 0xBF) : PixelSheet.Colour(0xC2, 0x41, 0x0C)
        sheet.fill(
          x: x + line, y: y + line, width: side - line, height: side - line,
          colour.over(paper, strength: strength))
        let room = [2, 1].first { PixelSheet.width(of: cell, scale: $0) + 4 <= side && 5 * $0 + 4 <= side }
        guard cell > 0, let room else { continue }
        sheet.write(
          cell, middleX: x + side / 2, middleY: y + side / 2, scale: room, strength > 0.6 ? paper : ink)
      }
    }
    return sheet
  }
}
