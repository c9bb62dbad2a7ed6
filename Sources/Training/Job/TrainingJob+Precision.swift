import Inference
import Messages
import ModelDescriptor
import ResNetGraph
import ResNetModel

extension TrainingJob {
  /// Settles what the precision means on this machine, for this network and these layers: ``options`` then name the numbers that are
  /// multiplied, and of a quantized network that keeps its integers the layers that train, and what follows them, are of real numbers.
  /// A ``Trainer`` does it; a second time changes nothing.
  ///
  /// - Throws: ``TrainingError`` with ``TrainingError/Code/selection`` for parts that are none, and with
  ///   ``TrainingError/Code/options`` for integers where no layers are frozen, or that the network does not have, or that would be behind
  ///   layers that train.
  public mutating func settlePrecision() throws(TrainingError) {
    switch options.precision {
    case .float32, .bfloat16: break
    case .automatic: options.precision = InferencePrecision.hasBFloat16 ? .bfloat16 : .float32
    case .int8:
      guard model.graph.boundary(before: try options.selection.nodes(in: model.graph)) > 0 else {
        throw TrainingError(
          .options,
          """
          \(Remedy.recipe("precision")) int8 is for the layers before the first that trains, and here there are none; leave it out, or train \
          fewer layers, such as \(Remedy.trainable("fc"))
          """)
      }
      try keepIntegers()
    }
  }

  /// Makes the layers of a quantized network real that are not before all that ever train.
  private mutating func keepIntegers() throws(TrainingError) {
    try model.requireIntegers("the network")
    let graph = model.graph
    var trained = try options.selection.nodes(in: graph)
    for unfreezing in options.unfreezings { trained.formUnion(try unfreezing.selection.nodes(in: graph)) }
    let boundary = graph.boundary(before: trained)
    let layers = Set(model.quantization?.layers ?? [])
    let late = graph.nodes.indices.filter {
      $0 > boundary && layers.contains(graph.nodes[$0].name) && !trained.contains($0)
    }
    guard late.isEmpty else { throw integersBehind(late.map { graph.nodes[$0].name }) }
    let kept: Model
    do {
      kept = try model.dequantized(after: boundary, because: AdaptedModel.reason)
    } catch {
      throw TrainingError(.network, "\(error)")
    }
    guard kept.quantization != nil else {
      throw TrainingError(
        .options,
        """
        \(Remedy.recipe("precision")) int8: no layer that stays frozen computes with integers; leave it out, or train fewer layers, such as \
        \(Remedy.trainable("fc"))
        """)
    }
    model = kept
  }

  /// - Parameter late: names of frozen layers with integers behind some that train.
  private func integersBehind(_ late: [String]) -> TrainingError {
    var parts: [String] = []
    for name in late {
      let part = String(name.prefix { $0 != "." })
      if !parts.contains(part) { parts.append(part) }
    }
    let trainable = "\(options.selection),\(parts.joined(separator: ","))"
    return TrainingError(
      .options,
      """
      \(Remedy.recipe("precision")) int8: \(late.count) frozen layers are behind one that trains, and gradients do not go through their \
      integers: \(late.prefix(3).map { "'\($0)'" }.joined(separator: ", "))\(late.count > 3 ? ", …" : ""). Train them too, with \
      \(Remedy.trainable(trainable)), or leave the precision out
      """)
  }
}
