import TensorCore

/// A linear layer among a source's tensors: a matrix and its bias.
struct LinearUnit {
  /// Its name without the last component, for example `head.fc`.
  var path: String
  /// The places of its tensors in the source.
  var weight: Int
  var bias: Int
  var inputs: Int
  var outputs: Int

  /// The layers among tensors whose matrix reads so many numbers, in the source's order; a convolution of 1×1 is one too.
  static func all(
    reading inputs: Int, in tensors: [(name: String, shape: Shape)], among places: [Int]
  ) -> [LinearUnit] {
    let found = places.filter { index in
      let extents = tensors[index].shape.dimensions
      return extents.count > 1 && extents[1] == inputs && extents[0] > 0
        && extents[2...].allSatisfy { $0 == 1 }
        && [2, 4].contains(extents.count) && tensors[index].name.hasSuffix(".weight")
    }
    guard !found.isEmpty else { return [] }
    let indices = Dictionary(places.map { (tensors[$0].name, $0) }) { first, _ in first }
    return found.compactMap { weight in
      let path = String(tensors[weight].name.dropLast(".weight".count))
      let outputs = tensors[weight].shape.dimensions[0]
      guard let bias = indices[path + ".bias"], tensors[bias].shape.dimensions == [outputs] else {
        return nil
      }
      return LinearUnit(path: path, weight: weight, bias: bias, inputs: inputs, outputs: outputs)
    }
  }
}
