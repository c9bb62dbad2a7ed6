import Charts

extension LesionStudy {
  /// Sentences that follow from the numbers.
  public var conclusions: [String] {
    networks.filter { $0.images > 0 }.flatMap { network in
      [Self.paths(of: network), Self.drops(of: network), Self.sets(of: network)].compactMap(\.self)
    } + [Self.comparison(networks)].compactMap(\.self)
  }

  /// The number of paths through a network.
  static func paths(of network: Network) -> String {
    let blocks = network.blocks.count
    let right =
      "\(NumberText.percent(network.accuracy(network.whole))) of \(NumberText.grouped(network.images)) images right"
    guard !network.isPlain else {
      return """
        \(network.name) is plain: its \(counted(blocks, "block")) form one path. The whole network has \(right); \
        \(network.blocks.count { $0.obstacle == nil }) of the blocks can be left out.
        """
    }
    return """
      \(network.name) has \(counted(blocks, "residual block")), so 2^\(blocks) = \(powerOfTwo(blocks)) paths, half of which run through \
      any one block. The whole network has \(right).
      """
  }

  /// The accuracy that leaving out one block costs.
  static func drops(of network: Network) -> String? {
    let singles = network.lesions(of: 1)
    let drops = singles.map { network.drop($0) }
    guard let median = ActivationStudy.median(of: drops),
      let largest = singles.max(by: { network.drop($0) < network.drop($1) })
    else { return nil }
    let most = "\(points(network.drop(largest))) (\(largest.without.joined()))"
    guard singles.count > 1 else { return "Without its only removable block \(network.name) loses \(most)." }
    return """
      Without one block \(network.name) loses \(points(median)) in the median and \(most) at most; \
      \(drops.count { $0 <= 0.05 }) of \(singles.count) blocks cost 5 points or less.
      """
  }

  /// The accuracy that leaving out more and more blocks costs; nil without sets of two.
  static func sets(of network: Network) -> String? {
    let sizes = Set(network.lesions.map(\.without.count)).sorted()
    guard let last = sizes.last, last > 1 else { return nil }
    let shares = sizes.map { size in mean(network.lesions(of: size).map { network.accuracy($0) }) }
    let half = zip(sizes, shares).first { $1 < network.accuracy(network.whole) / 2 }?.0
    let fall =
      half.map { "it falls below half of the whole network's at \(counted($0, "block"))" }
      ?? "it stays above half of the whole network's"
    return """
      Over random sets the mean accuracy of \(network.name) goes from \(NumberText.percent(shares[0])) without one block to \
      \(NumberText.percent(shares[shares.count - 1])) without \(last); \(fall).
      """
  }

  /// Residual networks beside plain ones; nil unless there are both. Random weights, whose answers no lesion makes worse, do not count.
  static func comparison(_ networks: [Network]) -> String? {
    func median(_ isPlain: Bool) -> Double? {
      ActivationStudy.median(
        of: networks.filter { $0.isPlain == isPlain && $0.images > 0 && !$0.isUntrained }.flatMap { network in
          network.lesions(of: 1).map { network.drop($0) }
        })
    }
    guard let residual = median(false), let plain = median(true) else { return nil }
    let verdict =
      residual < plain
      ? "a block that is left out costs less where there are shortcuts"
      : residual > plain
        ? "a block that is left out costs more where there are shortcuts" : "shortcuts make no difference"
    return
      "Median loss by one block: \(points(residual)) with shortcuts, \(points(plain)) without: \(verdict)."
  }

  /// A difference of accuracies.
  static func points(_ share: Double) -> String { "\(NumberText.fixed(100 * share, decimals: 1)) points" }

  /// 2ⁿ, in digits up to 2^53.
  static func powerOfTwo(_ exponent: Int) -> String {
    guard exponent > 53 else { return NumberText.grouped(1 << exponent) }
    var value = 1.0
    var decimals = 0
    for _ in 0..<exponent {
      value *= 2
      if value >= 10 { (value, decimals) = (value / 10, decimals + 1) }
    }
    return "\(NumberText.fixed(value, decimals: 1))·10^\(decimals)"
  }

  static func mean(_ numbers: [Double]) -> Double { numbers.reduce(0, +) / Double(max(1, numbers.count)) }

  private static func counted(_ count: Int, _ one: String) -> String {
    "\(count) \(one)\(count == 1 ? "" : "s")"
  }
}
