/// The shape of a group's points, which tells groups of one colour apart.
enum Marker: Int, CaseIterable {
  case circle
  case square
  case triangle
  case diamond

  /// The marker of a group: colours come first, and each shape has all of them.
  init(ofGroup group: Int) {
    self = Self.allCases[group / StyleSheet.seriesCount % Self.allCases.count]
  }

  /// Draws the shape, of about the area of a circle.
  func draw(
    on canvas: inout Canvas, at point: (x: Double, y: Double), radius: Double, style: String, opacity: Double,
    tip: String? = nil
  ) {
    let (x, y) = point
    let corners: [(Double, Double)]
    switch self {
    case .circle:
      canvas.add(
        "circle",
        ["cx": x.place, "cy": y.place, "r": radius.place, "class": style, "fill-opacity": opacity.place],
        tip: tip)
      return
    case .square: corners = [(-0.89, -0.89), (0.89, -0.89), (0.89, 0.89), (-0.89, 0.89)]
    case .triangle: corners = [(0, -1.35), (1.25, 0.9), (-1.25, 0.9)]
    case .diamond: corners = [(0, -1.3), (1.3, 0), (0, 1.3), (-1.3, 0)]
    }
    let path = corners.map { "\((x + radius * $0.0).place) \((y + radius * $0.1).place)" }
    canvas.add(
      "path",
      ["d": "M" + path.joined(separator: "L") + "Z", "class": style, "fill-opacity": opacity.place], tip: tip)
  }
}
