import TensorCore

/// The prefixes under which a network may lie, found by the kernels of stems.
struct NetworkPlaces {
  /// Prefixes with the places of the tensors under them, those with most tensors first.
  private(set) var all: [(prefix: String, members: [Int])] = []

  /// Most prefixes that are looked at, and components of one.
  private static let limit = 64
  private static let depthLimit = 16
  /// Most tensors under all of them together; a network has fewer than 10,000.
  private static let memberLimit = 60_000
  /// Tensors that no network has fewer of.
  private static let leastCount = 4
  private static let leastConvolutions = 5

  /// The names of stems' kernels in all conventions.
  private static let stems: [String] = NameMap.conventions.flatMap(\.rules).compactMap { rule in
    switch rule.own {
    case "conv1", "conv1.0": rule.foreign + ".weight"
    case "conv1.#": "conv1.0.weight"
    case "conv1.weight": rule.foreign
    default: nil
    }
  }

  /// - Complexity: O(names · depth).
  init(_ tensors: [(name: String, shape: Shape)]) {
    var prefixes: Set<Substring> = []
    for (name, shape) in tensors where shape.rank == 4 {
      for stem in Set(Self.stems) where name.hasSuffix(stem) {
        let prefix = name.dropLast(stem.count)
        if prefix.isEmpty || prefix.last == "." || prefix.last == "/" { prefixes.insert(prefix) }
      }
    }
    gather(tensors) { prefixes.contains($0) }
  }

  /// The prefixes of all modules with enough convolutions for a network.
  ///
  /// - Complexity: O(names · depth).
  init(modulesOf tensors: [(name: String, shape: Shape)]) {
    var counts: [Substring: Int] = [:]
    gather(tensors.filter { $0.shape.rank == 4 }) { _ in true }
    for (prefix, members) in all { counts[prefix[...]] = members.count }
    gather(tensors) { counts[$0, default: 0] >= Self.leastConvolutions }
  }

  private mutating func gather(_ tensors: [(name: String, shape: Shape)], where isPlace: (Substring) -> Bool)
  {
    var members: [Substring: [Int]] = [:]
    for (index, tensor) in tensors.enumerated() {
      if isPlace("") { members["", default: []].append(index) }
      var depth = 0
      for place in tensor.name.indices where tensor.name[place] == "." || tensor.name[place] == "/" {
        depth += 1
        guard depth <= Self.depthLimit else { break }
        let prefix = tensor.name[...place]
        if isPlace(prefix) { members[prefix, default: []].append(index) }
      }
    }
    let ordered = members.filter { $0.value.count >= Self.leastCount }
      .sorted { ($1.value.count, $0.key) < ($0.value.count, $1.key) }
    var count = 0
    all = ordered.prefix(Self.limit).prefix { place in
      count += place.value.count
      return count <= Self.memberLimit || count == place.value.count
    }.map { (String($0.key), $0.value) }
  }
}
