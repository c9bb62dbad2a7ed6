import TensorCore

/// A tensor in another module than the network whose name and shape show that it computes something of the answer.
enum NeighbouringLayer {
  private static let scales: Set<Substring> = [
    "temperature", "temp", "tau", "t", "s", "scale", "gain", "alpha", "beta", "gamma",
  ]
  private static let parts = ["temperature", "logit", "scale"]

  /// True for a norm of the images, a matrix that reads the network's outputs, and a number or a vector that scales them.
  ///
  /// - Parameters:
  ///   - channels: those of the images.
  ///   - outputs: the numbers that the network puts out; nil where it has no classifier.
  static func computes(_ tensor: (name: String, shape: Shape), channels: Int?, outputs: Int?) -> Bool {
    let extents = tensor.shape.dimensions
    let last = tensor.name.lowercased().split(separator: ".").last ?? ""
    if let channels, last == "running_mean", extents == [channels] { return true }
    if let outputs, extents.count == 2, extents[1] == outputs {
      // Few numbers are the extent of many a matrix; of a classifier its name tells.
      return outputs >= 16 && !NameWords.isProjection(tensor.name) && !NameWords.isOfTraining(tensor.name)
        || NameWords.readsOutputs(tensor.name)
    }
    guard tensor.shape.elementCount == 1 || outputs != nil && tensor.shape.elementCount == outputs else {
      return false
    }
    return scales.contains(last) || parts.contains { last.contains($0) } && !last.contains("scaler")
  }
}
