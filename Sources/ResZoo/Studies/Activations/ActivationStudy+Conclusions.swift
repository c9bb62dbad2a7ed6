import Charts

extension ActivationStudy {
  /// Sentences that follow from the numbers.
  public var conclusions: [String] {
    profiles.compactMap(Self.deviation) + [Self.comparison(profiles)].compactMap(\.self)
  }

  /// The size of the branches of one network; nil where there are no shortcuts.
  static func deviation(of profile: ActivationProfile) -> String? {
    let ratios = profile.ratios.sorted { $0.ratio < $1.ratio }
    guard let low = ratios.first, let high = ratios.last, let median = median(of: ratios.map(\.ratio)) else {
      return nil
    }
    let smaller = ratios.count { $0.ratio < 1 }
    guard ratios.count > 1 else {
      return
        "In \(profile.name) the branch of the only block with a shortcut is \(NumberText.short(median)) times as large as the shortcut."
    }
    return """
      In \(profile.name) a branch is \(NumberText.short(median)) times as large as its shortcut in the median block, from \
      \(NumberText.short(low.ratio)) in \(low.path) to \(NumberText.short(high.ratio)) in \(high.path); \
      \(smaller) of \(ratios.count) branches are smaller than their shortcut.
      """
  }

  /// The spread of the layers' responses of several networks; nil for one.
  static func comparison(_ profiles: [ActivationProfile]) -> String? {
    let spreads = profiles.compactMap { profile -> (name: String, spread: Double)? in
      let deviations = profile.responses.compactMap(\.statistics.standardDeviation).filter(\.isFinite)
      return median(of: deviations).map { (profile.name, $0) }
    }.sorted { $0.spread < $1.spread }
    guard spreads.count > 1 else { return nil }
    let list = spreads.map { "\(NumberText.short($0.spread)) in \($0.name)" }.joined(separator: ", ")
    return "The responses of the convolutions have a median standard deviation of \(list)."
  }

  /// The middle number, or the mean of the two; nil without numbers.
  static func median(of numbers: [Double]) -> Double? {
    guard !numbers.isEmpty else { return nil }
    let sorted = numbers.sorted()
    let middle = sorted.count / 2
    return sorted.count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
  }
}
