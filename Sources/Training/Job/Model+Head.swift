public import ModelDescriptor
import ResNetGraph
public import ResNetModel
import TensorCore

/// The form of a new head, the layers after the global pooling, of a network that is fine-tuned.
public enum NewHead: String, Hashable, Sendable, CaseIterable {
  /// One linear layer.
  case linear
  /// Dropout of 0.3, a linear layer of 512, ReLU, dropout of 0.2, a linear layer.
  case mlp

  /// The head in an architecture.
  var head: Architecture.Head {
    switch self {
    case .linear: .linear
    case .mlp: .multilayer(widths: [512], dropout: [0.3, 0.2])
    }
  }
}

extension Model {
  /// Returns the same network with a new head for other classes, with random weights. All other tensors stay as they are stored;
  /// of a quantized network they are ``Model/dequantized()``, unless it shall keep its integers.
  ///
  /// - Parameters:
  ///   - head: the form of the head; nil for the network's own form, or for one linear layer where it has none.
  ///   - labels: the names of the classes, one for each logit.
  ///   - answer: the question that the logits answer.
  ///   - keepsIntegers: true if layers before the head that compute with integers go on to do so.
  /// - Throws: ``ModelError/descriptor(_:)`` when there cannot be such a head.
  public func replacingHead(
    _ head: NewHead?, labels: [String], answer: Architecture.Answer = .one, seed: UInt64,
    keepsIntegers: Bool = false
  ) throws(ModelError) -> Model {
    guard quantization == nil || keepsIntegers else {
      return try dequantized().replacingHead(head, labels: labels, answer: answer, seed: seed)
    }
    let kept = try dequantized(after: graph.head.lowerBound - 1, because: AdaptedModel.reason)
    guard kept.quantization == quantization else {
      return try kept.replacingHead(
        head, labels: labels, answer: answer, seed: seed, keepsIntegers: keepsIntegers)
    }
    var descriptor = descriptor
    if let head {
      descriptor.architecture.head = head.head
    } else if descriptor.architecture.head == .none {
      descriptor.architecture.head = NewHead.linear.head
    }
    descriptor.architecture.classes = labels.count
    descriptor.architecture.answer = answer
    descriptor.labels = labels
    var plain = descriptor.architecture
    plain.quantization = nil
    let untrained = try Model(
      untrained: plain, preprocessing: descriptor.preprocessing, labels: labels, seed: seed)
    var tensors = WidenedTensors()
    for parameter in untrained.graph.parameters {
      let name = parameter.name
      let isHead = untrained.graph.head.contains(parameter.node)
      let own = isHead ? untrained.parameter(name) : self.parameter(name)
      tensors.add(name, stored: isHead ? own : self.tensors.stored(name) ?? own, floats: own)
    }
    descriptor.dropWhatTrainingChanges(head: true)
    return try Model(descriptor: descriptor, tensors: tensors)
  }

  /// Returns the same network with some tensors replaced.
  ///
  /// - Throws: ``ModelError/parameters(_:)`` when they do not fit.
  func replacing(
    _ changed: [String: Tensor], descriptor: ModelDescriptor
  ) throws(ModelError) -> Model {
    var tensors = WidenedTensors()
    for parameter in graph.parameters {
      let name = parameter.name
      if let tensor = changed[name] {
        tensors.add(name, stored: tensor, floats: tensor)
      } else {
        let own = self.parameter(name)
        tensors.add(name, stored: self.tensors.stored(name) ?? own, floats: own)
      }
    }
    return try Model(descriptor: descriptor, tensors: tensors)
  }
}

extension ModelDescriptor {
  /// Removes metadata that do not hold for changed weights: the golden trace, the temperature, and the source's counts and layouts.
  ///
  /// - Parameter head: true if the head was replaced.
  mutating func dropWhatTrainingChanges(head: Bool) {
    trace = nil
    temperature = nil
    if head { untrained.removeAll { Graph.isHead(path: $0) } }
    guard var names = sourceNames else { return }
    names.batchesTracked = nil
    if head {
      names.renamed = names.renamed.filter { !Graph.isHead(path: $0.key) }
      names.layouts = names.layouts.filter { !Graph.isHead(path: $0.key) }
    }
    sourceNames = names == SourceNames() ? nil : names
  }
}
