import ModelDescriptor
import ResNetGraph

/// The pooling before a network's head.
struct GlobalPooling: Sendable {
  /// The node whose output is pooled.
  let input: Int
  private let kind: Architecture.GlobalPool

  init(_ graph: Graph) {
    let last = graph.nodes[graph.embedding]
    let first = last.inputs[0]
    kind = graph.architecture.globalPool
    switch kind {
    case .average, .max: input = first
    case .averageMax, .concatenated: input = graph.nodes[first].inputs[0]
    }
  }

  /// The share of each place in a weighted sum of the pooled features.
  ///
  /// - Parameter weights: one for each feature.
  func shares(of maps: ChannelMaps, weights: [Double]) -> [Double] {
    var shares = Array(repeating: 0.0, count: maps.pixels)
    switch kind {
    case .average: addMean(of: maps, weights[...], to: &shares)
    case .max: addMaximum(of: maps, weights[...], to: &shares)
    case .averageMax:
      let halves = weights.map { $0 / 2 }
      addMean(of: maps, halves[...], to: &shares)
      addMaximum(of: maps, halves[...], to: &shares)
    case .concatenated:
      addMean(of: maps, weights[..<maps.channels], to: &shares)
      addMaximum(of: maps, weights[maps.channels...], to: &shares)
    }
    return shares
  }

  private func addMean(of maps: ChannelMaps, _ weights: ArraySlice<Double>, to shares: inout [Double]) {
    for pixel in shares.indices {
      var sum = 0.0
      for (channel, weight) in weights.enumerated() { sum += weight * maps[pixel, channel] }
      shares[pixel] += sum / Double(maps.pixels)
    }
  }

  private func addMaximum(of maps: ChannelMaps, _ weights: ArraySlice<Double>, to shares: inout [Double]) {
    for (channel, weight) in weights.enumerated() {
      var best = 0
      for pixel in shares.indices where maps[pixel, channel] > maps[best, channel] { best = pixel }
      shares[best] += weight * maps[best, channel]
    }
  }
}
