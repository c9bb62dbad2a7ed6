import ModelDescriptor
import ResNetGraph

/// A plain network with fewer blocks: its architecture, and the new names of the tensors that are left.
struct ShortenedNetwork {
  private(set) var architecture: Architecture
  /// The new path of each block that is left.
  private let newPaths: [String: String]

  /// - Returns: nil when the rest is no network that computes the same as before in each of its layers.
  init?(_ graph: Graph, without paths: Set<String>) {
    var architecture = graph.architecture
    var newPaths: [String: String] = [:]
    var stages: [Architecture.Stage] = []
    var keptStages: [Int] = []
    for (index, stage) in architecture.stages.enumerated() {
      let kept = (0..<stage.blocks).filter { !paths.contains("layer\(index + 1).\($0)") }
      guard !kept.isEmpty else { continue }
      var shorter = stage
      shorter.blocks = kept.count
      shorter.channels = stage.channels.map { channels in kept.map { channels[$0] } }
      for (new, old) in kept.enumerated() {
        newPaths["layer\(index + 1).\(old)"] = "layer\(stages.count + 1).\(new)"
      }
      stages.append(shorter)
      keptStages.append(index)
    }
    architecture.name = nil
    architecture.stages = stages
    architecture.attention = architecture.attention.map { $0.ofStages(keptStages) }
    self.architecture = architecture
    self.newPaths = newPaths
    self.architecture.quantization = architecture.quantization.map(renamed)
    guard let shorter = try? Graph(self.architecture), isSame(shorter, graph) else { return nil }
  }

  /// The new name of a node or of a tensor; nil for one in a block that is left out.
  func name(of old: String) -> String? {
    guard old.hasPrefix("layer") else { return old }
    let words = old.split(separator: ".", maxSplits: 2, omittingEmptySubsequences: false)
    guard words.count == 3, let path = newPaths["\(words[0]).\(words[1])"] else { return nil }
    return "\(path).\(words[2])"
  }

  /// The quantization of what is left.
  private func renamed(_ quantization: Quantization) -> Quantization {
    var maps: [String: Quantization.Map] = [:]
    for (old, map) in quantization.maps {
      if let name = name(of: old) { maps[name] = map }
    }
    return Quantization(maps: maps, layers: quantization.layers.compactMap(name))
  }

  /// True if the shorter graph's nodes are those of the other that are left, and read the same outputs, or those before a block that is
  /// gone.
  private func isSame(_ shorter: Graph, _ graph: Graph) -> Bool {
    // The places in the shorter graph: those of left-out nodes are those of the last node before them.
    var place = -1
    var places: [Int] = []
    for node in graph.nodes {
      guard let name = name(of: node.name) else {
        places.append(place)
        continue
      }
      place += 1
      places.append(place)
      guard shorter.nodes.indices.contains(place), shorter.nodes[place].name == name,
        shorter.nodes[place].operation == node.operation,
        shorter.nodes[place].inputs == node.inputs.map({ places[$0] })
      else { return false }
    }
    return place == shorter.nodes.count - 1
  }
}

extension Architecture.Attention {
  /// The attention of a network that has only some of the stages.
  fileprivate func ofStages(_ kept: [Int]) -> Self {
    switch self {
    case .squeezeExcitation(let innerChannels, let bias, let layers):
      .squeezeExcitation(innerChannels: kept.map { innerChannels[$0] }, bias: bias, layers: layers)
    case .efficient(let kernels): .efficient(kernels: kept.map { kernels[$0] })
    }
  }
}
