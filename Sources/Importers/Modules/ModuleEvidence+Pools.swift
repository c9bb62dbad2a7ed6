import ModelDescriptor
import ResNetGraph
import WeightFiles

/// Pools and filters among the modules of a saved network.
extension ModuleEvidence {
  /// The filter that subsamples in the blocks; nil where no module tells.
  var antialias: Architecture.Antialias? {
    guard hasSettings, !modules.contains(where: \.isProgram) else { return nil }
    if modules.contains(where: { $0.kind == "BlurPool2d" && !isAside($0) }) { return .blur }
    let isAveraged = modules.contains { $0.kind == "AvgPool2d" && $0.name == "aa" && !isAside($0) }
    return isAveraged ? .averagePool : Architecture.Antialias.none
  }

  /// The filter of a block.
  ///
  /// - Parameter block: its path in the graph.
  func filter(of block: String) -> ModuleRecord? {
    guard let layer = layers["\(block).conv1"] else { return nil }
    return child("aa", of: Self.parent(of: layer.path)).flatMap { $0.kind == "Identity" ? nil : $0 }
  }

  /// True if average pools stand in all shortcuts that subsample, as the network has them.
  func showsPooledShortcuts(_ graph: Graph) -> Bool {
    guard graph.architecture.shortcut == .averagePoolProjection else { return false }
    return graph.nodes.allSatisfy { node in
      guard case .averagePool = node.operation, node.name.hasSuffix(".downsample.0") else { return true }
      guard let layer = layers[Self.parent(of: node.name) + ".1"] else { return false }
      return (children[Self.parent(of: layer.path)] ?? []).contains { modules[$0].kind == "AvgPool2d" }
    }
  }

  private func child(_ name: Substring, of path: String) -> ModuleRecord? {
    children[path]?.lazy.map { modules[$0] }.first { $0.name == name }
  }

  /// Pools and filters that the network does not have, or has in another form, a phrase each with the module's path.
  func misplacedPools(in graph: Graph) -> [String] {
    guard !modules.contains(where: \.isProgram) else { return [] }
    let net = graph.architecture
    var found: [String] = []
    var filters: Set<String> = []
    for node in graph.nodes where node.name.hasSuffix(".aa") {
      let block = Self.parent(of: node.name)
      guard layers["\(block).conv1"] != nil else { continue }
      let kind = net.antialias == .blur ? "BlurPool2d" : "AvgPool2d"
      guard let filter = filter(of: block), filter.kind == kind else {
        if antialias != nil { found.append("'\(block)' has no \(kind) before it subsamples") }
        continue
      }
      filters.insert(filter.path)
    }
    let stem = stemModules(net).indices
    let inner = blocks.indices
    for (place, module) in modules.enumerated() where !isAside(module) {
      let isOfStem = stem.contains(place)
      switch module.kind {
      case "BlurPool2d":
        guard isOfStem && net.stem.pool && net.antialias == .blur || filters.contains(module.path) else {
          found.append("'\(module.path)' is a BlurPool2d where the network has none")
          continue
        }
        var faults = Self.fault(module, "filt_size", 3)
        if isOfStem { faults += Self.fault(module, "stride", 2) }
        if let mode = module.settings["pad_mode"], mode != .text("reflect") {
          faults.append("pads with \(mode.words)")
        }
        found += faults.map { "'\(module.path)' \($0)" }
      case "AvgPool2d" where isOfStem && net.antialias != .averagePool && isWindow(module):
        found.append(
          "'\(module.path)' is an AvgPool2d after the stem, where the network has a max-pool or none")
      case "AvgPool2d" where filters.contains(module.path) || isOfStem && net.antialias == .averagePool:
        found +=
          (Self.fault(module, "kernel_size", 2) + Self.fault(module, "stride", 2)
          + Self.fault(module, "padding", 0)).map { "'\(module.path)' \($0)" }
        if ![nil, .bool(false)].contains(module.settings["ceil_mode"]) {
          found.append("'\(module.path)' rounds its extent up")
        }
      case "AvgPool2d" where inner.contains(place):
        found += (Self.fault(module, "kernel_size", 2) + Self.fault(module, "padding", 0)).map {
          "'\(module.path)' \($0)"
        }
        if let layer = projection(behind: module) { found += strideFaults(of: module, before: layer, graph) }
      case "AvgPool2d":
        found += windowFaults(of: module, graph)
      case "MaxPool2d" where isBehindBlocks(module) && isPlaced(module):
        found.append("'\(module.path)' is a MaxPool2d behind the blocks")
      case "AdaptiveAvgPool2d":
        if let size = module.settings["output_size"], module.integer("output_size") != 1 {
          found.append(
            "'\(module.path)' puts out \(module.integer("output_size").map { "\($0)×\($0)" } ?? size.words) means of each channel, not one"
          )
        }
      case "AdaptiveAvgMaxPool2d", "FastAdaptiveAvgMaxPool":
        if net.globalPool != .averageMax {
          found.append("'\(module.path)' takes the mean of each channel's mean and maximum")
        }
      case "AdaptiveCatAvgMaxPool2d":
        if net.globalPool != .concatenated {
          found.append("'\(module.path)' puts out means and maxima of each channel")
        }
      default: break
      }
    }
    let pools = modules.filter { $0.kind == "MaxPool2d" && !isAside($0) && isPlaced($0) }
    if pools.count > 1 { found.append("'\(pools[1].path)' is a MaxPool2d beside the stem's") }
    return found
  }

  /// The node of the projection that is registered next to a pool in a shortcut.
  private func projection(behind pool: ModuleRecord) -> String? {
    children[Self.parent(of: pool.path)]?.lazy.compactMap { names[modules[$0].path] }.first {
      $0.hasSuffix(".downsample.1")
    }
  }

  private func strideFaults(of pool: ModuleRecord, before layer: String, _ graph: Graph) -> [String] {
    let name = Self.parent(of: layer) + ".0"
    for node in graph.nodes where node.name == name {
      guard case .averagePool(let own) = node.operation else { continue }
      return Self.fault(pool, "stride", own.stride).map { "'\(pool.path)' \($0)" }
    }
    return []
  }

  // MARK: The pool over the last map

  /// The ways in which an average pool with a window of its own is not the mean of the whole map.
  private func windowFaults(of module: ModuleRecord, _ graph: Graph) -> [String] {
    guard let pool = graph.nodes.first(where: { $0.name == "avgpool" }) else {
      return ["'\(module.path)' is an AvgPool2d, which the network does not have"]
    }
    let input = graph.architecture.input
    guard let map = Self.extent(of: pool, in: graph) else { return [] }
    let padding = Self.fault(module, "padding", 0).map { "'\(module.path)' \($0)" }
    let kernel: [Int]
    switch module.settings["kernel_size"] {
    case .int(let side): kernel = [side, side]
    case .ints(let sides) where sides.count == 2: kernel = sides
    case let other:
      return [
        "'\(module.path)' has the kernel_size \(other?.words ?? "of no number"), not that of the last map"
      ]
    }
    guard kernel != map else { return padding }
    let start =
      "'\(module.path)' averages \(kernel[0])×\(kernel[1]) pixels, and the last map of an image of \(input.height)×\(input.width) has \(map[0])×\(map[1])"
    return [start + Self.sizeOfImages(whoseLastMapHas: kernel, at: pool, in: graph)] + padding
  }

  /// The end of a message: the size of the largest images, in steps that all networks divide, of which a window is the whole map that a pool
  /// reads; empty where there is none.
  static func sizeOfImages(whoseLastMapHas kernel: [Int], at pool: Node, in graph: Graph) -> String {
    let side = (1...128).map { 8 * $0 }.last { extent(of: pool, in: graph, height: $0, width: $0) == kernel }
    return side.map { ": it is\(wholeMap)\($0)×\($0)" } ?? ""
  }

  /// The words before the size of the images for which a pool with a window of its own is a global one.
  static let wholeMap = " the whole map for images of "

  /// The height and width of what a node reads, for images of the network's own size.
  static func extent(of node: Node, in graph: Graph) -> [Int]? {
    let input = graph.architecture.input
    return extent(of: node, in: graph, height: input.height, width: input.width)
  }

  private static func extent(of node: Node, in graph: Graph, height: Int, width: Int) -> [Int]? {
    guard let source = node.inputs.first, let shapes = try? graph.shapes(height: height, width: width) else {
      return nil
    }
    return [shapes[source].height, shapes[source].width]
  }

  /// The modules that are registered between the stem's first layer and the first block.
  func stemModules(_ net: Architecture) -> ArraySlice<ModuleRecord> {
    let first = ["conv1", "conv1.0"].first { layers[$0] != nil } ?? "conv1"
    return between(first, and: layers["layer1.0.conv1"] == nil ? "layer1.0.bn1" : "layer1.0.conv1") ?? []
  }

  /// True for a pool that cannot be the one over the whole map: of a few pixels, or in the place of the stem's pool.
  private func isWindow(_ module: ModuleRecord) -> Bool {
    module.name.contains("maxpool") || isPlaced(module) || (module.integer("kernel_size") ?? 8) <= 3
  }

  /// True if the module around tells where this one stands: a sequence, or a library's own network.
  private func isPlaced(_ module: ModuleRecord) -> Bool {
    self.module(around: module)?.isOfLibrary == true
  }
}
