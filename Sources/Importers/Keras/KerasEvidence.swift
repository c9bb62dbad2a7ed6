import Messages
import ModelDescriptor
import ResNetGraph
import WeightFiles

/// The statements of a Keras file about its network, beside the network that its arrays were read as.
///
/// Keras hands arrays to layers by their order or by the paths of their groups; they are read here by the layers' names. So the order
/// must be that of the names, and the configuration, where the file has one, must describe the same network.
struct KerasEvidence {
  let facts: KerasFacts
  let configuration: KerasConfiguration?
  let steps: KerasSteps?
  /// The graph's paths of layers, by the layers' names.
  let names: [String: String]
  /// The words of each layer's arrays.
  private let arrays: [String: Set<String>]
  private let isKerasNamed: Bool

  /// - Returns: nil for files of other programs.
  init?(_ weights: any WeightSource, _ mapping: NameMap.Result) throws(ImportError) {
    guard let facts = weights.keras else { return nil }
    self.facts = facts
    var names: [String: String] = [:]
    var arrays: [String: Set<String>] = [:]
    for (tensor, name) in zip(weights.tensors, mapping.names) {
      guard let slash = tensor.name.lastIndex(of: "/") else { continue }
      let layer = String(tensor.name[..<slash])
      var word = tensor.name[tensor.name.index(after: slash)...]
      if word.hasSuffix(":0") { word = word.dropLast(2) }
      arrays[layer, default: []].insert(String(word))
      if let name { names[layer] = ModuleEvidence.parent(of: name) }
    }
    self.names = names
    self.arrays = arrays
    isKerasNamed = mapping.convention.owner == "Keras" && !mapping.isStructural
    guard let text = facts.configuration else {
      (configuration, steps) = (nil, nil)
      return
    }
    let value: JSONValue
    do {
      value = try JSON.decode(JSONValue.self, from: text)
    } catch {
      throw ImportError(.record, file: weights.path, "the configuration of the network is not read: \(error)")
    }
    do throws(KerasFault) {
      let configuration = try KerasConfiguration(value)
      self.configuration = configuration
      steps = configuration.unknownClass == nil ? try KerasSteps(configuration) : nil
    } catch {
      throw ImportError(
        .architecture, file: weights.path,
        "the file's own configuration describes what no network here does: \(error.message.printable). \(Self.remedy)"
      )
    }
  }

  /// The way out for a configuration that no network here has.
  static let remedy: Remark =
    "No descriptor expresses that; if it is not on the way of the images from the residual network's first layer to its last, save the weights of that network alone"

  /// The class of a network whose code is not read.
  var unknownCode: String? {
    configuration?.unknownClass.map { "'\($0.printable)' has code of its own, which is not read" }
  }

  // MARK: Order

  /// The first layer out of order, as a phrase; nil where Keras hands all layers the arrays of their names.
  func disorder(in graph: Graph) -> String? {
    let positions = configuration?.unknownClass == nil ? configuredPositions : nil
    if let configuration, positions != nil, !facts.layers.isEmpty {
      for (path, name) in configuration.paths.sorted(by: { $0.key < $1.key }) where facts.layers[path] != name
      {
        return
          "the group '\(path)' is that of the layer '\(name)', and is named '\(facts.layers[path] ?? "")'"
      }
    }
    let places = positions ?? self.positions(in: graph)
    for sequence in facts.sequences {
      let known = sequence.filter { places[$0] != nil }
      for (first, second) in zip(known, known.dropFirst())
      where places[first, default: 0] >= places[second, default: 0] {
        return "the arrays of '\(second)' stand behind those of '\(first)'"
      }
    }
    guard !facts.innerArrays.isEmpty else { return nil }
    if let name = configuration?.halfTrained {
      return "the layer '\(name)' is trained, and a network around it is not"
    }
    let frozen = configuration?.unknownClass == nil ? configuration.map { $0.frozen } : nil
    for list in facts.innerArrays {
      let known = list.filter { places[$0.layer] != nil }
      // Without a configuration nothing tells which layers are trained: all, or none.
      let choices: [Set<String>] = frozen.map { [$0] } ?? [[], Set(known.map(\.layer))]
      let faults = choices.map { disorder(of: known, places, frozen: $0) }
      if faults.allSatisfy({ $0 != nil }), let fault = faults.first { return fault }
    }
    return nil
  }

  /// The first array of a network within a layer that is out of order: Keras lists the arrays that are trained first, and then the others,
  /// among them all statistics of norms, both in the order of the layers.
  private func disorder(
    of list: [KerasFacts.InnerArray], _ places: [String: Int], frozen: Set<String>
  ) -> String? {
    func key(_ array: KerasFacts.InnerArray) -> (Int, Int) {
      (array.isStatistic || frozen.contains(array.layer) ? 1 : 0, places[array.layer, default: 0])
    }
    let pair = zip(list, list.dropFirst()).first { key($0) > key($1) }
    return pair.map { "the arrays of '\($1.layer)' stand behind those of '\($0.layer)'" }
  }

  private var configuredPositions: [String: Int]? {
    guard let configuration else { return nil }
    let layers = configuration.layers.filter { KerasConfiguration.hasArrays($0.kind) }
    return Dictionary(layers.enumerated().map { ($1.name, $0) }) { first, _ in first }
  }

  /// The places of layers in Keras's order: the farthest from the output first, and a shortcut before what it is added to.
  private func positions(in graph: Graph) -> [String: Int] {
    var depths = Array(repeating: 0, count: graph.nodes.count)
    for index in graph.nodes.indices.reversed() {
      for input in graph.nodes[index].inputs { depths[input] = max(depths[input], depths[index] + 1) }
    }
    var places: [String: Int] = [:]
    for (index, node) in graph.nodes.enumerated() {
      let isShortcut = node.name.contains(".downsample.")
      // Other networks than Keras's own may add the shortcut second.
      if isShortcut, !isKerasNamed { continue }
      places[node.name] = 2 * (graph.nodes.count - depths[index]) - (isShortcut ? 1 : 0)
    }
    return names.compactMapValues { places[$0] }
  }

  // MARK: Settings

  /// The architecture with the strides, the epsilon and the last pool that the configuration has.
  func corrected(_ architecture: Architecture) -> Architecture {
    guard let steps else { return architecture }
    var net = architecture
    var works: [String: KerasStep.Work] = [:]
    for step in steps.steps {
      if let name = names[step.layer], works[name] == nil { works[name] = step.work }
    }
    let epsilons = steps.steps.lazy.compactMap {
      if case .norm(let epsilon) = $0.work { epsilon } else { nil }
    }
    if let epsilon = epsilons.first { net.normalization.epsilon = epsilon }
    let kinds = steps.steps.map(\.work)
    if net.globalPool == .average, kinds.contains(.globalMaxPool), !kinds.contains(.globalAveragePool) {
      net.globalPool = .max
    }
    func stride(_ layer: String) -> Int? {
      if case .convolution(let work)? = works[layer] { work.stride } else { nil }
    }
    for index in net.stages.indices {
      let path = "layer\(index + 1)"
      func strides(_ block: Int) -> [Int] {
        (1...3).compactMap { stride("\(path).\(block).conv\($0)") }
      }
      let (first, last) = (strides(0), strides(net.stages[index].blocks - 1))
      let total = { (strides: [Int]) in strides.reduce(1) { min($0 * $1, 64) } }
      guard !first.isEmpty, let striding = [first, last].first(where: { total($0) > 1 }) else { continue }
      net.stages[index].stride = total(striding)
      if (net.stages[index].block ?? net.block).isBottleneck {
        net.bottleneckStride = striding[0] > 1 ? .conv1 : .conv2
      } else {
        net.basicStride = striding[0] > 1 ? .conv1 : .conv2
      }
    }
    if net != architecture { net.name = nil }
    return net
  }

  /// Layers whose arrays are not those that their settings ask for, a phrase each.
  var misfits: [String] {
    (steps?.steps ?? []).compactMap { step in
      guard names[step.layer] != nil else { return nil }
      let own = arrays[step.layer] ?? []
      guard
        let (word, isThere) = step.arrays.sorted(by: { $0.key < $1.key }).first(where: {
          own.contains($0) != $1
        })
      else { return nil }
      return
        "'\(step.layer)' \(isThere ? "has no \(word) among the arrays" : "has a \(word) among the arrays that its settings do without")"
    }
  }
}
