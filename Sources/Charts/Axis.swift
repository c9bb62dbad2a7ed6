/// The layout and the writing of the numbers in one direction of a chart.
package struct Axis: Hashable, Sendable {
  package enum Scale: Hashable, Sendable {
    case linear
    /// Values of 0 and below are left out.
    case logarithmic
  }

  /// The form of the numbers beside the axis.
  package enum Numbers: Hashable, Sendable {
    case plain
    /// Only whole numbers are marked, such as epochs.
    case whole
    /// Shares of one, written in percent.
    case percent
  }

  /// The name of the numbers, and their unit.
  package var label: String
  package var scale: Scale
  package var numbers: Numbers
  /// The range that the axis shows; nil for the range of the data. Values outside are cut off.
  package var range: ClosedRange<Double>?
  /// True if a linear axis begins at 0 at the latest.
  package var includesZero: Bool

  package init(
    _ label: String, scale: Scale = .linear, numbers: Numbers = .plain, range: ClosedRange<Double>? = nil,
    includesZero: Bool = false
  ) {
    self.label = label
    self.scale = scale
    self.numbers = numbers
    self.range = range
    self.includesZero = includesZero
  }
}
