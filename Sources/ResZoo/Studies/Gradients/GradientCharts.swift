import Charts

/// The charts of a study of gradients: a line for each network, a band where it has several seeds.
struct GradientCharts {
  let profiles: [GradientProfile]

  /// The norms themselves.
  func norms(width: Double) -> LineChart {
    chart("Gradient at each block", "norm of the gradient", profiles, width: width)
  }

  /// The norms over that of the last block, so that all lines meet there.
  func relative(width: Double) -> LineChart {
    chart(
      "Relative to the last block", "norm over that of the last", profiles.map(\.relative), width: width)
  }

  private func chart(
    _ title: String, _ name: String, _ profiles: [GradientProfile], width: Double
  ) -> LineChart {
    let colours = colours
    return LineChart(
      title, horizontal: Axis("block, from input to output", numbers: .whole),
      vertical: Axis(name, scale: .logarithmic),
      series: profiles.enumerated().map { index, profile in
        LineChart.Series(
          hasOthers ? profile.title : profile.name, points: Self.points(profile.means),
          style: profile.weights == .initial && hasOthers ? .dashed : .solid, colour: colours[index])
      },
      bands: profiles.enumerated().filter { $0.element.runs.count > 1 }.map { index, profile in
        LineChart.Band(
          lower: Self.points(profile.minima), upper: Self.points(profile.maxima), colour: colours[index])
      }, marks: marks, width: width, height: width < 500 ? 320 : 380)
  }

  /// True if there are other weights than those at initialisation.
  private var hasOthers: Bool { profiles.contains { $0.weights != .initial } }

  /// One colour for each network, in whichever state.
  private var colours: [Int] {
    var names: [String] = []
    return profiles.map { profile in
      if let known = names.firstIndex(of: profile.name) { return known }
      names.append(profile.name)
      return names.count - 1
    }
  }

  private static func points(_ numbers: [Double]) -> [LineChart.Point] {
    numbers.enumerated().map { LineChart.Point(x: Double($0.offset + 1), y: $0.element) }
  }

  /// Marks where a stage begins, for networks with the same stages of which there are several.
  private var marks: [LineChart.Mark] {
    guard let paths = profiles.first?.blocks, profiles.allSatisfy({ $0.blocks == paths }) else { return [] }
    var last = ""
    let marks = paths.enumerated().compactMap { index, path -> LineChart.Mark? in
      let stage = String(path.prefix { $0 != "." })
      guard stage != last else { return nil }
      last = stage
      return LineChart.Mark(x: Double(index + 1), label: stage)
    }
    return marks.count > 1 ? marks : []
  }
}

extension GradientProfile {
  /// The same with each run's norms over that of its last block.
  fileprivate var relative: GradientProfile {
    GradientProfile(
      name: name, hasShortcuts: hasShortcuts, weights: weights, blocks: blocks,
      runs: runs.map { run in
        let last = run.norms.last ?? 0
        return Run(
          seed: run.seed, loss: run.loss, norms: run.norms.map { last > 0 ? $0 / last : .nan })
      })
  }
}
