/// The settings of the hooks that compute a weight before a layer runs: they, and not the shapes of the tensors, decide what is computed.
extension PickleHeap {
  /// The way in which a hook has other settings than its class and its tensors have, as a phrase; nil where they fit.
  ///
  /// - Parameter tensors: the parameters and buffers of the hook's module.
  func fault(
    ofSettings value: PickleValue, of hook: WeightHook, for weight: String, _ tensors: [PickleEntry]
  ) -> String? {
    // An attribute of another name may hide a method.
    guard let object = object(value), tuple(object.arguments)?.isEmpty == true, object.items.isEmpty,
      object.entries.isEmpty, let settings = object.state.flatMap(dict),
      settings.allSatisfy({ string($0.key).map(hook.settings.contains) == true }),
      repeatedKey(settings) == nil
    else { return "has a hook for '\(weight)' with other attributes than its class gives it" }
    guard hook == .weightNorm else { return nil }
    func dimensions(_ ending: String) -> [Int]? {
      tensors.first { string($0.key) == weight + ending }.flatMap { self.dimensions(ofTensor: $0.value) }
    }
    let axis = settings.first { string($0.key) == "dim" }?.value
    guard let axis, let magnitude = dimensions("_g"), let direction = dimensions("_v"),
      Self.isMagnitude(magnitude, of: direction, over: axis)
    else {
      return "has a hook that normalises '\(weight)' over another axis than '\(weight)_g' is for"
    }
    return nil
  }

  /// The axis of a module's spectral normalization, as a phrase, where it is another one than the first.
  func otherAxis(ofModule value: PickleValue) -> String? {
    guard let attributes = object(value).flatMap(attributes) else { return nil }
    for entry in table("_forward_pre_hooks", attributes) {
      guard weightHook(entry.value)?.hook == .spectralNorm else { continue }
      let settings = object(entry.value)?.state.flatMap(dict) ?? []
      switch settings.first(where: { string($0.key) == "dim" })?.value {
      case .int(0): continue
      case .int(let axis): return "axis \(axis)"
      default: return "an axis that it does not say"
      }
    }
    return nil
  }

  /// True if a norm over all axes but one has these extents. For PyTorch -1 is no axis, and the norm is one of the whole; other negative
  /// numbers count from the last axis.
  private static func isMagnitude(_ magnitude: [Int], of direction: [Int], over axis: PickleValue) -> Bool {
    switch axis {
    case .none, .int(-1): magnitude.count <= 1 && magnitude.allSatisfy { $0 == 1 }
    case .int(let axis) where (-direction.count..<direction.count).contains(axis):
      magnitude
        == direction.indices.map { [axis, axis + direction.count].contains($0) ? direction[$0] : 1 }
    default: false
    }
  }
}

extension PickleHeap.WeightHook {
  /// The attributes that the hook's class gives its objects.
  var settings: Set<String> {
    switch self {
    case .weightNorm: ["name", "dim"]
    case .spectralNorm: ["name", "dim", "n_power_iterations", "eps"]
    case .pruning: ["_tensor_name", "_pruning_methods", "amount", "dim", "mask", "n"]
    }
  }
}
