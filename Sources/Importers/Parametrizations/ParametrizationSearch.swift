import TensorCore

/// Finds tensors that are computed from others, by the names of these.
struct ParametrizationSearch {
  /// The computed tensors by their names, with the places of all tensors that stand for each.
  private(set) var found: [String: (computation: Parametrization, parts: [Int])] = [:]

  private static let list = ".parametrizations."

  /// - Complexity: O(size of the names).
  init(_ tensors: [(name: String, shape: Shape)]) {
    var lists: [String: [Substring: Int]] = [:]
    var hooks: [String: [Substring: Int]] = [:]
    for (place, tensor) in tensors.enumerated() {
      let name = tensor.name
      if let middle = name.firstRange(of: Self.list) {
        let rest = name[middle.upperBound...]
        guard let dot = rest.firstIndex(of: ".") else { continue }
        let target = name[..<middle.lowerBound] + "." + rest[..<dot]
        lists[String(target), default: [:]][rest[rest.index(after: dot)...]] = place
      } else {
        for ending in ["_g", "_v", "_u", "_orig", "_mask"] where name.hasSuffix(ending) {
          let target = name.dropLast(ending.count)
          let leaf = target.split(separator: ".").last ?? ""
          guard leaf == "weight" || leaf == "bias" else { continue }
          hooks[String(target), default: [:]][name.suffix(ending.count)] = place
        }
      }
    }
    let names = Set(tensors.map(\.name))
    let shapes = tensors.map(\.shape)
    for (target, parts) in lists where !names.contains(target) {
      add(target, Self.computation(ofList: parts), parts, shapes)
    }
    for (target, parts) in hooks where !names.contains(target) {
      add(target, Self.computation(ofHook: parts), parts, shapes)
    }
  }

  private mutating func add(
    _ target: String, _ computation: Parametrization?, _ parts: [Substring: Int], _ shapes: [Shape]
  ) {
    guard let computation else { return }
    let sound = computation.suits(shapes) ? computation : .unknown(original: computation.model)
    found[target] = (sound, parts.values.sorted())
  }

  /// The parts that a list of parametrizations has: originals, and the buffers of each by its number.
  private static func computation(ofList parts: [Substring: Int]) -> Parametrization? {
    switch Set(parts.keys) {
    case ["original0", "original1"]:
      guard let magnitude = parts["original0"], let direction = parts["original1"] else { return nil }
      return .weightNorm(magnitude: magnitude, direction: direction)
    case ["original", "0._u", "0._v"]:
      guard let original = parts["original"], let left = parts["0._u"], let right = parts["0._v"] else {
        return nil
      }
      return .spectralNorm(original: original, left: left, right: right)
    default:
      return (parts["original"] ?? parts["original1"] ?? parts["original0"]).map { .unknown(original: $0) }
    }
  }

  /// The parts that a hook has.
  private static func computation(ofHook parts: [Substring: Int]) -> Parametrization? {
    switch Set(parts.keys) {
    case ["_g", "_v"]:
      guard let magnitude = parts["_g"], let direction = parts["_v"] else { return nil }
      return .weightNorm(magnitude: magnitude, direction: direction)
    case ["_orig", "_u", "_v"]:
      guard let original = parts["_orig"], let left = parts["_u"], let right = parts["_v"] else { return nil }
      return .spectralNorm(original: original, left: left, right: right)
    case ["_orig", "_mask"]:
      guard let original = parts["_orig"], let mask = parts["_mask"] else { return nil }
      return .pruned(original: original, mask: mask)
    // Before PyTorch 1.1, the hook kept no right vector, which is computed anew each time.
    default: return parts["_orig"].map { .unknown(original: $0) }
    }
  }
}
