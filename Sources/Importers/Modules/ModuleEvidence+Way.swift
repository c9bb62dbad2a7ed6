import ModelDescriptor
import ResNetGraph
import WeightFiles

/// The way of the images through the modules that were saved with a network.
extension ModuleEvidence {
  /// Layers that no network of this kind has, a phrase each with the module's path.
  func foreignLayers(in graph: Graph) -> [String] {
    var found: [String] = []
    let earlier = layersBeforeTheFirst()
    let places = Set(earlier.compactMap { place(of: $0) })
    for (place, module) in modules.enumerated() where !module.isProgram && !places.contains(place) {
      if module.isQuantized {
        if self.module(around: module)?.isQuantized == true { continue }
        let kind = module.className.split(separator: ".").last ?? ""
        found.append("'\(module.path)' is a quantised \(kind), whose weights are packed with their scales")
      } else if isLeaf(module), module.isOfLibrary, !module.isUsual, !isAside(module),
        !Self.activations.contains(module.kind),
        !module.path.contains("parametrizations"), !module.isOfTraining, !module.isNormalize
      {
        if module.isSoftmax && isBehindBlocks(module) || isPaddingOfPool(module, graph.architecture) {
          continue
        }
        found.append("'\(module.path)' is \(module.indefinite), which the network does not have")
      }
      if module.kind == "FloatFunctional" { found += functionalFaults(of: module) }
    }
    return found
      + earlier.map {
        "'\($0.path)' is \($0.indefinite) before the network's first layer"
      }
  }

  /// The modules that change each sum of one that stands for an addition, in words.
  private func functionalFaults(of module: ModuleRecord) -> [String] {
    (children[module.path] ?? []).map { modules[$0] }.compactMap { inner in
      guard inner.kind != "Identity" || inner.isChanged, !inner.isObserver else { return nil }
      return "'\(inner.path)' is \(inner.indefinite), which the network does not have"
    }
  }

  /// True for the zeros around the map that a stem's pool takes, where the network has them too.
  private func isPaddingOfPool(_ module: ModuleRecord, _ net: Architecture) -> Bool {
    guard module.kind == "ConstantPad2d", net.stem.pool, net.stem.poolKind == .maxZeroPadded,
      module.integer("padding") == 1, module.settings["value"] == nil || module.number("value") == 0
    else { return false }
    return place(of: module).map(stemModules(net).indices.contains) ?? false
  }

  /// The softmax behind a network, which is no layer of it.
  var softmax: ModuleRecord? {
    modules.first { !$0.isProgram && $0.isSoftmax && isLeaf($0) && !isAside($0) && isBehindBlocks($0) }
  }

  /// The normalisation of images that stands among the modules; nil where there is none, or none with plain numbers.
  var normalization: StoredNormalization? {
    let layers = modules.filter { $0.isNormalize && !isAside($0) }
    guard layers.count == 1, let layer = layers.first, let mean = layer.numbers("mean"),
      let std = layer.numbers("std")
    else { return nil }
    return StoredNormalization(names: "the module '\(layer.path)'", mean: mean, std: std)
  }

  /// The classes whose code decides what becomes of the images, and which no library is known to have; then the modules that
  /// hooks or replaced methods change.
  var unknownCode: [String] {
    var classes: [String] = []
    var changed: [String] = []
    for module in modules where !module.isProgram {
      if module.isChanged, !isAside(module) { changed.append(module.path) }
      guard !module.isOfLibrary, !module.isOfTraining, !classes.contains(module.className) else { continue }
      let isOnTheWay =
        trunk.contains(module.path)
        || isLeaf(module) && !isAside(module) && trunk.contains(Self.parent(of: module.path))
      if isOnTheWay { classes.append(module.className) }
    }
    return classes.map { "'\($0)' has code of its own, which is not read" }
      + (changed.isEmpty
        ? [] : ["hooks or methods of its own change the module '\(changed[0])', and they are not read"])
  }

  /// The modules of a sequence before the network's first layer that do more than arrange numbers.
  private func layersBeforeTheFirst() -> [ModuleRecord] {
    guard let first = places.values.min() else { return [] }
    var found: [ModuleRecord] = []
    var path = modules[first].path
    while !path.isEmpty {
      let outer = Self.parent(of: path)
      if let sequence = module(at: outer), sequence.isSequence, !sequence.isProgram {
        let earlier = (children[outer] ?? []).prefix { modules[$0].path != path }
        found += earlier.filter { !isNeutralThroughout($0) && !modules[$0].isNormalize }.map { modules[$0] }
      }
      path = outer
    }
    return found
  }

  /// True if no layer of the network was registered before a module.
  func standsBeforeTheLayers(_ module: ModuleRecord) -> Bool {
    guard let first = places.values.min() else { return true }
    return place(of: module).map { $0 < first } ?? false
  }

  private func isNeutralThroughout(_ place: Int) -> Bool {
    guard let inner = children[modules[place].path] else {
      return modules[place].isNeutral || modules[place].isSequence
    }
    return modules[place].isSequence && inner.allSatisfy(isNeutralThroughout)
  }

  /// True if a module has none within.
  func isLeaf(_ module: ModuleRecord) -> Bool {
    children[module.path] == nil && names[module.path] == nil
  }

  /// True if a module, or one around it, has tensors and none of them is the network's.
  func isAside(_ module: ModuleRecord) -> Bool {
    var path = module.path
    while !asides.contains(path) {
      guard !path.isEmpty else { return false }
      path = Self.parent(of: path)
    }
    return true
  }

  /// True if a module is registered after the last block.
  func isBehindBlocks(_ module: ModuleRecord) -> Bool {
    guard let last = blocks.indices.last, let place = place(of: module) else { return false }
    return place > last
  }
}

extension ModuleRecord {
  /// A setting that is a list of numbers.
  fileprivate func numbers(_ name: String) -> [Double]? {
    switch settings[name] {
    case .floats(let numbers): numbers
    case .ints(let numbers): numbers.map(Double.init)
    default: nil
    }
  }
}
