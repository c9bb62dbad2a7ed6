/// The colours of all charts. They follow the reader's choice of light or dark, and keep a contrast of at least 3:1 to the paper.
enum StyleSheet {
  private struct Colours {
    var paper: String
    var ink: String
    var soft: String
    var grid: String
    var axis: String
    var right: String
    var wrong: String
    /// The colour of numbers on a strongly coloured cell.
    var onStrong: String
    var series: [String]
  }

  private static let light = Colours(
    paper: "#ffffff", ink: "#1f2328", soft: "#59636e", grid: "#e6e9ed", axis: "#8c959f", right: "#1f5fbf",
    wrong: "#c2410c", onStrong: "#ffffff",
    series: ["#1f5fbf", "#c2410c", "#0a7d4b", "#7a3fb0", "#946200", "#0e7490", "#be185d", "#57606a"])
  private static let dark = Colours(
    paper: "#12161c", ink: "#e6edf3", soft: "#9aa4af", grid: "#262d36", axis: "#6b7580", right: "#6ea8fe",
    wrong: "#ff9466", onStrong: "#0b1017",
    series: ["#6ea8fe", "#ff9466", "#4ac58b", "#c49bff", "#e3b341", "#4cc9e0", "#ff85b8", "#9aa4af"])

  /// Colours of series before they come again.
  static let seriesCount = light.series.count

  /// The rules, for a `style` element.
  static let text =
    "text{font-family:system-ui,-apple-system,'Segoe UI',Roboto,'Helvetica Neue',Arial,sans-serif}"
    + ".rz-line{fill:none;stroke-width:2;stroke-linejoin:round;stroke-linecap:round}"
    + ".rz-faint{stroke-opacity:.35;stroke-width:1}.rz-dashed{stroke-dasharray:6 4}"
    + ".rz-band{fill-opacity:.16}"
    + ".rz-mark{stroke-width:1;stroke-dasharray:3 3}.rz-bold{font-weight:600}" + rules(light)
    + "@media(prefers-color-scheme:dark){" + rules(dark) + "}"

  private static func rules(_ colours: Colours) -> String {
    var text =
      ".rz-paper{fill:\(colours.paper)}.rz-ink{fill:\(colours.ink)}.rz-soft{fill:\(colours.soft)}"
      + ".rz-grid{stroke:\(colours.grid)}.rz-axis,.rz-mark{stroke:\(colours.axis)}"
      + ".rz-right{fill:\(colours.right)}.rz-wrong{fill:\(colours.wrong)}.rz-strong{fill:\(colours.onStrong)}"
    for (index, colour) in colours.series.enumerated() {
      text += ".rz-l\(index){stroke:\(colour)}.rz-f\(index){fill:\(colour)}"
    }
    return text
  }
}
