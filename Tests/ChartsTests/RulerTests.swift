import Testing

@testable import Charts

@Suite struct RulerTests {
  private func labels(
    _ axis: Axis, _ values: [Double], isTight: Bool = false, count: Int = 6
  ) -> [String] {
    Ruler(axis, values: values, isTight: isTight, tickCount: count).ticks.map(\.label)
  }

  @Test func linearAxesMarkRoundNumbers() {
    #expect(labels(Axis(""), [0.13, 2.31]) == ["0.0", "0.5", "1.0", "1.5", "2.0", "2.5"])
    #expect(
      labels(Axis("", numbers: .percent, range: 0...1), []) == [
        "0 %", "20 %", "40 %", "60 %", "80 %", "100 %",
      ])
    #expect(
      labels(Axis("", numbers: .whole), [1, 30], isTight: true) == ["5", "10", "15", "20", "25", "30"])
    #expect(labels(Axis("", numbers: .whole), [1, 3], isTight: true) == ["1", "2", "3"])
    #expect(labels(Axis("", includesZero: true), [3, 4], count: 4) == ["0", "1", "2", "3", "4"])
  }

  @Test func logarithmicAxesMarkPowersOfTen() {
    let axis = Axis("", scale: .logarithmic)
    #expect(
      labels(axis, [1e-7, 10], isTight: true, count: 10) == [
        "1e-7", "1e-6", "1e-5", "0.0001", "0.001", "0.01", "0.1", "1", "10",
      ])
    #expect(labels(axis, [0.03, 0.6]) == ["0.02", "0.05", "0.1", "0.2", "0.5", "1"])
  }

  @Test func valuesLieWhereTheyBelong() {
    let linear = Ruler(Axis("", range: 2...4), values: [], isTight: true, tickCount: 4)
    #expect(linear.fraction(of: 3) == 0.5)
    let logarithmic = Ruler(
      Axis("", scale: .logarithmic, range: 0.01...100), values: [], isTight: true, tickCount: 4)
    #expect(abs(logarithmic.fraction(of: 1) - 0.5) < 1e-12)
  }

  @Test func numbersAreWrittenShortly() {
    #expect(NumberText.short(0.0125) == "0.0125")
    #expect(NumberText.short(0.00005) == "5e-5")
    #expect(NumberText.short(1_250_000) == "1.25e6")
    #expect(NumberText.short(-3.14159) == "-3.142")
    #expect(NumberText.short(0) == "0")
    #expect(NumberText.fixed(-0.004, decimals: 2) == "0.00")
    #expect(NumberText.fixed(.nan, decimals: 2) == "nan")
    #expect(NumberText.grouped(-1_234_567) == "-1,234,567")
    #expect(NumberText.percent(0.8103, decimals: 2) == "81.03 %")
  }
}
