import ResNetGraph

extension Graph {
  /// The nodes where ``ActivationProfile/layers`` are measured.
  var studiedLayers: [(node: Int, kind: ActivationProfile.Layer.Kind)] {
    // The first norm of a pre-activation block does not belong to the stem's convolution, which it may read.
    let norms = Dictionary(
      nodes.indices.filter {
        nodes[$0].operation.isNormalization && isInStage($0) == isInStage(nodes[$0].inputs[0])
      }.map { (nodes[$0].inputs[0], $0) }
    ) { first, _ in first }
    return nodes.indices.compactMap { index -> (node: Int, kind: ActivationProfile.Layer.Kind)? in
      let words = nodes[index].name.split(separator: ".")
      guard !words.contains("downsample"), !words.contains("se") else { return nil }
      switch nodes[index].operation {
      case .convolution: return (norms[index] ?? index, .response)
      case .linear: return (index, .head)
      case .relu: return (index, .activation)
      default: return nil
      }
    }.sorted { $0.node < $1.node }
  }

  private func isInStage(_ node: Int) -> Bool { nodes[node].name.hasPrefix("layer") }

  /// The first convolution.
  var firstConvolution: Int? {
    nodes.firstIndex { if case .convolution = $0.operation { true } else { false } }
  }
}

extension Operation {
  /// True for a normalisation.
  var isNormalization: Bool {
    switch self {
    case .batchNormalization, .groupNormalization: true
    default: false
    }
  }
}
