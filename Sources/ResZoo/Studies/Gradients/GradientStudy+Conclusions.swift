import Charts
import Platform

extension GradientStudy {
  /// Sentences that follow from the numbers.
  public var conclusions: [String] {
    profiles.map { Self.course(of: $0, called: title(of: $0)) }
      + [.initial, .trained].compactMap { Self.comparison(profiles, $0) }
  }

  /// The name of a network in sentences.
  func title(of profile: GradientProfile) -> String {
    stack == nil ? profile.title : "the \(profile.name) stack"
  }

  /// A ratio over several runs: its geometric mean, and the range.
  struct Ratio: Hashable {
    let mean: Double
    let low: Double
    let high: Double
    let count: Int

    /// Nil without numbers.
    init?(_ ratios: [Double]) {
      guard let low = ratios.min(), let high = ratios.max() else { return nil }
      mean = exp(ratios.reduce(0) { $0 + log($1) } / Double(ratios.count))
      (self.low, self.high, count) = (low, high, ratios.count)
    }

    var text: String {
      let range = count > 1 ? " (\(NumberText.short(low)) to \(NumberText.short(high)))" : ""
      return NumberText.short(mean) + range
    }
  }

  /// Two numbers are taken as equal if neither is more than this many times the other.
  private static let likeness = 1.1

  /// The change of one network's gradient from the last block to the first.
  static func course(of profile: GradientProfile, called title: String) -> String {
    let broken = profile.brokenRuns
    guard broken == 0 else {
      let runs = profile.runs.count == 1 ? "" : " in \(broken) of \(profile.runs.count) runs"
      return "The gradient of \(title) is 0 or not finite at some block\(runs)."
    }
    guard let ratio = Ratio(profile.ratios) else {
      return "In \(title) there is one block, which leaves nothing to compare."
    }
    let course =
      if ratio.mean > likeness {
        "it grows on its way back"
      } else if ratio.mean < 1 / likeness {
        "it shrinks on its way back"
      } else {
        "it keeps its size"
      }
    return
      "In \(title), the gradient at the first block is \(ratio.text) times as large as at the last: \(course)."
  }

  /// Plain networks beside residual ones; nil unless there are both.
  static func comparison(_ profiles: [GradientProfile], _ weights: GradientProfile.Weights) -> String? {
    func change(_ hasShortcuts: Bool) -> Ratio? {
      Ratio(
        profiles.filter { $0.hasShortcuts == hasShortcuts && $0.weights == weights }
          .flatMap(\.ratios).map { max($0, 1 / $0) })
    }
    guard let plain = change(false), let residual = change(true) else { return nil }
    let times = NumberText.short(max(plain.mean / residual.mean, residual.mean / plain.mean))
    let isSeparate = plain.low > residual.high || residual.low > plain.high
    let overlap = plain.count + residual.count > 2 && !isSeparate ? ", but the ranges overlap" : ""
    let verdict =
      if plain.mean > residual.mean * likeness {
        "shortcuts make the change \(times) times smaller\(overlap)"
      } else if residual.mean > plain.mean * likeness {
        "the effect does not show; shortcuts make the change \(times) times larger\(overlap)"
      } else {
        "the effect does not show; shortcuts make no difference"
      }
    let when = weights == .initial ? "At initialisation" : "After training"
    return """
      \(when), the gradient changes by a factor of \(plain.text) between the first block and the last without shortcuts, and of \
      \(residual.text) with them: \(verdict).
      """
  }
}

extension GradientProfile {
  /// The name, and what its weights are.
  var title: String {
    switch weights {
    case .initial: "\(name) at initialisation"
    case .trained: "\(name) after training"
    case .untrained: "\(name) as given"
    }
  }
}
